package io.obd.bench;

import io.obd.blobstore.FaultyRegistry;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceStatus;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A backend whose only device has its layer in a registry. */
final class RemoteBackend implements AutoCloseable {
    private static final String ID = "remote";

    private final Path directory;
    private final Process daemon;
    private final ControlClient client;

    private RemoteBackend(Path directory, Process daemon) {
        this.directory = directory;
        this.daemon = daemon;
        this.client = new ControlClient(directory.resolve("control.sock"), Duration.ofMinutes(1));
    }

    /**
     * Starts it.
     *
     * @param command that runs the backend
     * @param cold whether the cache is emptied first
     */
    static RemoteBackend start(Path directory, List<String> command, boolean cold) throws Exception {
        if (cold) {
            clear(directory.resolve("cache"));
        }
        Path config = Files.writeString(directory.resolve("overlaybd.json"), """
                {"controlSocket": "%1$s/control.sock", "frontend": "fuse-loop", "logPath": "", "enableAudit": false,
                 "cacheConfig": {"cacheType": "file", "cacheDir": "%1$s/cache"},
                 "registry": {"hostsDir": "%1$s/none", "caFiles": ["%1$s/ca.pem"]}}""".formatted(directory));
        Process daemon = new ProcessBuilder(Stream.concat(command.stream(), Stream.of(config.toString()))
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        RemoteBackend backend = new RemoteBackend(directory, daemon);
        try {
            backend.awaitReady();
        } catch (Exception e) {
            daemon.destroy();
            throw e;
        }
        return backend;
    }

    private static void clear(Path cache) throws IOException {
        if (Files.exists(cache)) {
            try (Stream<Path> files = Files.walk(cache)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void awaitReady() throws InterruptedException, ControlException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (true) {
            try {
                client.health();
                return;
            } catch (ControlException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    /**
     * Attaches the registry's layer and returns the device.
     *
     * @param blobsUrl where it is
     * @param trace to record or to replay, empty for neither
     */
    Path attach(FaultyRegistry registry, String blobsUrl, String trace) throws IOException {
        Path specification = directory.resolve("config.v1.json");
        List<Lower> lowers = List.of(Lower.remote(registry.digest().toString(), registry.size(), ""));
        String result = directory.resolve("result").toString();
        new ImageConfig(blobsUrl, lowers, Upper.NONE, result, false, trace, null).write(specification);
        return Path.of(client.attach(ID, specification).device());
    }

    DeviceStatus status() throws IOException {
        return client.status().getFirst();
    }

    void detach() throws IOException {
        client.detach(ID);
    }

    long processorMillis() {
        return daemon.info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
    }

    /** A line of the kernel about the process, such as {@code VmHWM}, in KiB. */
    long statusKib(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status")).stream()
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    /** KiB that are used of the heap, garbage included. */
    long heapKib() throws IOException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(daemon.pid()),
                        "GC.heap_info")
                .start();
        String text = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return text.lines()
                .filter(line -> line.contains("total") && line.contains("used") && !line.contains("Metaspace"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*used (\\d+)K.*", "$1")))
                .sum();
    }

    @Override
    public void close() {
        daemon.destroy();
        daemon.onExit().join();
    }
}
