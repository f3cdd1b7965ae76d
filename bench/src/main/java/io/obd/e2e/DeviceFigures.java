package io.obd.e2e;

import io.obd.bench.FigureTable;
import io.obd.image.ControlClient;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What devices of local layers cost: attaching them, reading them past the page cache, and the backend's memory with many
 * of them. Started by {@code bench/devices}.
 */
public final class DeviceFigures {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final List<String> LAYERS = List.of("raw", "lz4-4k", "zstd-4k", "zstd-16k");
    private static final List<Integer> COUNTS = List.of(1, 10, 100);
    private static final int ROUNDS = 5;
    private static final int SECONDS = 8;

    /** All of it is files that lie one after the other from the start. */
    private static final long LENGTH = 400L << 20;

    private final FigureTable table = new FigureTable(System.out);
    private final Stack stack;
    private final ControlClient client;
    private final Path layers;

    private DeviceFigures(Stack stack, Path layers) {
        this.stack = stack;
        this.client = new ControlClient(stack.backend().controlSocket(), LIMIT);
        this.layers = layers;
    }

    /** Takes the repository's directory and that of the layers. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "overlaybd-bench-");
        try (Stack stack = Stack.start(
                directory, Installation.at(Path.of(arguments[0], "dist/target/root")), Stack.Settings.usual())) {
            DeviceFigures figures = new DeviceFigures(stack, Path.of(arguments[1]));
            figures.machine();
            for (String layer : LAYERS) {
                figures.device(layer);
            }
            figures.memory();
            figures.machine();
        }
        Directories.delete(directory);
    }

    private void machine() throws IOException {
        table.section("machine", "nproc; cat /proc/loadavg");
        table.row("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        table.row("load", Files.readString(Path.of("/proc/loadavg")).strip());
    }

    private void device(String layer) throws IOException, InterruptedException {
        Path config = config(layer, layer);
        Duration first = attach(layer, config);
        Duration best = first;
        for (int i = 0; i < ROUNDS; i++) {
            client.detach(layer);
            Duration again = attach(layer, config);
            best = again.compareTo(best) < 0 ? again : best;
        }
        String path = client.find(layer).map(DeviceInfo::device).orElseThrow();
        Fio fio = new Fio(Commands.in(stack.directory()), path, LENGTH);
        fio.sequential();

        table.section(layer, fio.command());
        table.row("attach", "%d ms the first time, %d ms at best".formatted(first.toMillis(), best.toMillis()));
        table.row("4 KiB random, depth 1", fio.randomFor(1, SECONDS).random());
        table.row("4 KiB random, depth 16", fio.randomFor(16, SECONDS).random());
        double before = processorSeconds();
        Fio.Result sequential = fio.sequential();
        double seconds = processorSeconds() - before;
        table.row("1 MiB sequential", sequential.sequential());
        table.row("the backend's processor time", gigabyte(seconds));
        client.detach(layer);
    }

    private Duration attach(String id, Path config) throws IOException {
        long start = System.nanoTime();
        client.attach(id, config);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void memory() throws IOException, InterruptedException {
        stack.backend().stop();
        stack.backend().start();
        table.section("memory of overlaybd-tcmu", "grep -e VmRSS /proc/PID/status");
        table.row("idle", residentMegabytes());
        int attached = 0;
        for (int count : COUNTS) {
            long start = System.nanoTime();
            for (; attached < count; attached++) {
                String id = "many-" + attached;
                client.attach(id, config(id, "lz4-4k"));
            }
            table.row(
                    count + " devices",
                    "%s, %d ms to attach them".formatted(residentMegabytes(), (System.nanoTime() - start) / 1_000_000));
        }
        for (int i = 0; i < attached; i++) {
            client.detach("many-" + i);
        }
    }

    private Path config(String id, String layer) throws IOException {
        Path directory =
                Files.createDirectories(stack.directory().resolve("devices").resolve(id));
        Path config = directory.resolve("config.v1.json");
        new ImageConfig(
                        "",
                        List.of(Lower.file(layers.resolve(layer).toString())),
                        directory.resolve("result").toString())
                .write(config);
        return config;
    }

    private double processorSeconds() throws IOException {
        return probe().threadMillis().values().stream()
                        .mapToLong(Long::longValue)
                        .sum()
                / 1e3;
    }

    private static String gigabyte(double seconds) {
        return String.format(Locale.ROOT, "%.2f s per GB read", seconds / (LENGTH / 1e9));
    }

    private String residentMegabytes() throws IOException {
        return String.format(Locale.ROOT, "%.1f MB", probe().residentBytes() / 1e6);
    }

    private ProcessProbe probe() {
        return ProcessProbe.of(stack.backend().process());
    }
}
