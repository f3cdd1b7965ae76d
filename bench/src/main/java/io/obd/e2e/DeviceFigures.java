package io.obd.e2e;

import io.obd.bench.BenchLayers;
import io.obd.bench.FigureTable;
import io.obd.image.ControlClient;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What devices of local layers cost: attaching them, reading them past the page cache, and the memory of the backend and of
 * its holder with many of them. Started by {@code bench/devices}.
 */
public final class DeviceFigures {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final List<Integer> COUNTS = List.of(1, 10, 100);
    private static final int ROUNDS = 5;
    private static final int SECONDS = 5;

    /** All of it is files that lie one after the other from the start. */
    private static final long LENGTH = 400L << 20;

    private final FigureTable table = new FigureTable(System.out);
    private final Path directory;
    private final Backend backend;
    private final ControlClient client;
    private final BenchLayers layers;

    private DeviceFigures(Path directory, Backend backend, BenchLayers layers) {
        this.directory = directory;
        this.backend = backend;
        this.client = new ControlClient(backend.controlSocket(), LIMIT);
        this.layers = layers;
    }

    /** Takes the repository's directory, the OCI layout of the image, and the directory for layers, which stay there. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        BenchLayers layers = BenchLayers.make(Path.of(arguments[1]), Path.of(arguments[2]));
        Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "overlaybd-bench-");
        Backend backend = Backend.ofLocalLayers(
                directory.resolve("b"), Installation.at(Path.of(arguments[0], "dist/target/root")));
        try (backend) {
            backend.start();
            DeviceFigures figures = new DeviceFigures(directory, backend, layers);
            figures.machine();
            for (String kind : layers.kinds()) {
                figures.device(kind);
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

    private void device(String kind) throws IOException, InterruptedException {
        Path config = config(kind, kind);
        Duration first = attach(kind, config);
        Duration best = first;
        for (int i = 0; i < ROUNDS; i++) {
            client.detach(kind);
            Duration again = attach(kind, config);
            best = again.compareTo(best) < 0 ? again : best;
        }
        String path = client.find(kind).map(DeviceInfo::device).orElseThrow();
        Fio fio = new Fio(Commands.in(directory), path, LENGTH);
        fio.sequential(); // the layer is in the page cache, and the code compiled

        table.section(kind, fio.command());
        table.row("attach", "%d ms the first time, %d ms at best".formatted(first.toMillis(), best.toMillis()));
        table.row("4 KiB random, depth 1", fio.randomFor(1, SECONDS).random());
        table.row("4 KiB random, depth 16", fio.randomFor(16, SECONDS).random());
        double before = processorSeconds();
        Fio.Result sequential = fio.sequential();
        double seconds = processorSeconds() - before;
        table.row("1 MiB sequential", sequential.sequential());
        table.row("the backend's processor time", gigabyte(seconds));
        client.detach(kind);
    }

    private Duration attach(String id, Path config) throws IOException {
        long start = System.nanoTime();
        client.attach(id, config);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void memory() throws IOException, InterruptedException {
        backend.stop();
        backend.start();
        table.section("memory of overlaybd-tcmu and of its holder", "grep -e VmRSS /proc/PID/status");
        table.row("no device", residentMegabytes());
        List<String> ids = new ArrayList<>();
        for (int count : COUNTS) {
            long start = System.nanoTime();
            while (ids.size() < count) {
                String id = "many-" + ids.size();
                client.attach(id, config(id, "lz4-4k"));
                ids.add(id);
            }
            table.row(
                    count + " devices",
                    "%s, %d ms to attach them".formatted(residentMegabytes(), (System.nanoTime() - start) / 1_000_000));
        }
        Commands commands = Commands.in(directory);
        for (String id : ids) {
            String path = client.find(id).map(DeviceInfo::device).orElseThrow();
            new Fio(commands, path, LENGTH).random(1, 100);
        }
        table.row("the same after 100 reads of each", residentMegabytes());
        for (String id : ids) {
            client.detach(id);
        }
    }

    private Path config(String id, String kind) throws IOException {
        Path own = Files.createDirectories(directory.resolve("devices").resolve(id));
        Path config = own.resolve("config.v1.json");
        new ImageConfig(
                        "",
                        List.of(Lower.file(layers.file(kind).toString())),
                        own.resolve("result").toString())
                .write(config);
        return config;
    }

    private double processorSeconds() throws IOException {
        return ProcessProbe.of(backend.process()).threadMillis().values().stream()
                        .mapToLong(Long::longValue)
                        .sum()
                / 1e3;
    }

    private static String gigabyte(double seconds) {
        return String.format(Locale.ROOT, "%.2f s per GB read", seconds / (LENGTH / 1e9));
    }

    private String residentMegabytes() throws IOException {
        long holder = 0;
        for (ProcessHandle child : backend.process().children().toList()) {
            holder += ProcessProbe.of(child).residentBytes();
        }
        long own = ProcessProbe.of(backend.process()).residentBytes();
        return String.format(Locale.ROOT, "%.1f MB and %.1f MB", own / 1e6, holder / 1e6);
    }
}
