package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.bench.FigureTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * TurboOCI beside the native format: the conversion of one image to each, and the same programs in containers of each, in turn.
 * Started by {@code bench/turbooci}.
 */
public final class TurboOciFigures {
    private static final String REPOSITORY = "bench/image";
    private static final List<Format> FORMATS = List.of(
            new Format("native", List.of("--output-tag", "native")),
            new Format("turboOCI, ext4", List.of("--turboOCI", "turbo-ext4")),
            new Format("turboOCI, EROFS", List.of("--fstype", "erofs", "--turboOCI", "turbo-erofs")));

    private static final List<Workload> WORKLOADS = List.of(
            new Workload("tar of /usr", List.of("/bin/sh", "-c", "tar -C /usr -cf - . | cat >/dev/null")),
            new Workload("python3", List.of("python3", "-c", "import asyncio, json, ssl, unittest; print(1)")));

    private final Stack stack;
    private final int rounds;
    private final boolean decompressedKept;
    private final FigureTable table = new FigureTable(System.out);
    private int containers;

    private TurboOciFigures(Stack stack, int rounds, boolean decompressedKept) {
        this.stack = stack;
        this.rounds = rounds;
        this.decompressedKept = decompressedKept;
    }

    /** A way to convert, the last argument being the tag of the result. */
    private record Format(String name, List<String> arguments) {
        String image() {
            return REPOSITORY + ":" + arguments.getLast();
        }
    }

    private record Workload(String name, List<String> program) {}

    /**
     * Takes the repository's directory, that of the image, how often everything is run, and {@code gzip-cache} if the backend
     * is to keep what it has decompressed; then only runs that find it are measured.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path image = Path.of(arguments[1]);
        Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "overlaybd-bench-");
        boolean decompressedKept = arguments.length > 3 && arguments[3].equals("gzip-cache");
        Map<String, Object> gzipCache = Map.of(
                "enable",
                decompressedKept,
                "cacheDir",
                directory.resolve("gzip").toString());
        try (Stack stack = Stack.start(
                directory,
                Installation.at(Path.of(arguments[0], "dist/target/root")),
                Stack.Settings.usual().backend("gzipCacheConfig", gzipCache))) {
            TurboOciFigures figures = new TurboOciFigures(stack, Integer.parseInt(arguments[2]), decompressedKept);
            figures.machine();
            figures.conversions(image);
            figures.programs();
            figures.machine();
        }
        Directories.delete(directory);
    }

    private void machine() throws IOException {
        table.section("machine", "nproc; cat /proc/loadavg");
        table.row("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        table.row("load", Files.readString(Path.of("/proc/loadavg")).strip());
    }

    private void conversions(Path image) throws IOException, InterruptedException {
        long tarBytes = Long.parseLong(Files.readString(image.resolve("bytes")).strip());
        stack.registry().push("oci:" + image.resolve("layout") + ":latest", REPOSITORY + ":v1");
        table.section("conversion", "convertor --input-tag v1 --oci …");
        table.row("image", megabytes(tarBytes) + " of tar, " + megabytes(layerBytes(REPOSITORY + ":v1")));
        for (Format format : FORMATS) {
            List<String> arguments = new ArrayList<>(List.of("--input-tag", "v1", "--oci"));
            arguments.addAll(format.arguments());
            ProgramWatch watch = new ProgramWatch("io.obd.convertor.Main");
            Run run;
            try (watch) {
                run = stack.convert(REPOSITORY, arguments.toArray(String[]::new))
                        .orFail();
            }
            double seconds = run.took().toMillis() / 1e3;
            table.row(
                    format.name(),
                    "%.1f s, %.0f MB/s of tar, result %s, peak RSS %s"
                            .formatted(
                                    seconds,
                                    tarBytes / 1e6 / seconds,
                                    megabytes(layerBytes(format.image())),
                                    megabytes(watch.peakBytes())));
            table.row("", "processor time %.1f s: %s".formatted(watch.totalSeconds(), watch.threads()));
        }
    }

    private void programs() throws IOException, InterruptedException {
        Map<String, List<Duration>> times = new TreeMap<>();
        Map<String, List<Duration>> processor = new TreeMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Workload workload : WORKLOADS) {
                for (Format format : FORMATS) {
                    for (boolean cold : new boolean[] {true, false}) {
                        String key = key(workload, format, cold);
                        prepare(format, cold);
                        Duration before = backendProcessor();
                        add(times, key, time(workload, format));
                        add(processor, key, backendProcessor().minus(before));
                    }
                }
            }
        }
        boolean[] measured = decompressedKept ? new boolean[] {false} : new boolean[] {true, false};
        String found = decompressedKept ? ", decompressed data cached" : ", blobs cached";
        for (Workload workload : WORKLOADS) {
            table.section("container, " + workload.name(), "ctr run --rm … " + String.join(" ", workload.program()));
            for (boolean cold : measured) {
                double base = median(times, key(workload, FORMATS.getFirst(), cold));
                for (Format format : FORMATS) {
                    double millis = median(times, key(workload, format, cold));
                    table.row(
                            format.name() + (cold ? ", nothing cached" : found),
                            String.format(
                                    Locale.ROOT,
                                    "%.0f ms, %.2f of native; %.0f ms of processor time of the backend",
                                    millis,
                                    millis / base,
                                    median(processor, key(workload, format, cold))));
                }
            }
        }
    }

    /** Has the program's device attached anew, with the blobs in the cache of the backend or not. */
    private void prepare(Format format, boolean cold) throws IOException, InterruptedException {
        stack.ctr().clear();
        if (cold) {
            new BenchDevice(stack, FORMATS.getFirst().image()).forget();
        }
        stack.rpull(format.image()).orFail();
    }

    private Duration time(Workload workload, Format format) throws IOException, InterruptedException {
        return stack.ctr()
                .runOnce(
                        "overlaybd",
                        stack.repository(format.image()),
                        "bench-" + containers++,
                        workload.program().toArray(String[]::new))
                .orFail()
                .took();
    }

    /** So far. Unlike the clock it does not tell what else the machine does. */
    private Duration backendProcessor() {
        return stack.backend().process().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static void add(Map<String, List<Duration>> figures, String key, Duration figure) {
        figures.computeIfAbsent(key, k -> new ArrayList<>()).add(figure);
    }

    private static String key(Workload workload, Format format, boolean cold) {
        return workload.name() + "/" + format.name() + "/" + cold;
    }

    private static double median(Map<String, List<Duration>> times, String key) {
        List<Duration> sorted = new ArrayList<>(times.getOrDefault(key, List.of()));
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2).toNanos() / 1e6;
    }

    private long layerBytes(String image) throws IOException, InterruptedException {
        long bytes = 0;
        for (JsonNode layer : stack.registry().manifest(image).path("layers")) {
            bytes += layer.path("size").asLong();
        }
        return bytes;
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
