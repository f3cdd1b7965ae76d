package io.obd.tcmu;

import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceInfo;
import io.obd.registry.RehearsalBlobs;
import io.obd.registry.RehearsalServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The daemon with an image: it is attached out of a made-up registry, read and detached. The JVM's ahead-of-time cache of the
 * daemon is recorded from it. The daemon has a process of its own: what only the registry needs is not in the cache.
 */
public final class Rehearsal {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory;
    private final ControlClient client;

    private Rehearsal(Path directory) {
        this.directory = directory;
        this.client = new ControlClient(directory.resolve("control.sock"), LIMIT);
    }

    /**
     * Runs the daemon, and exits with 0 if all went well.
     *
     * @param args a directory with the layer in {@code blobs}, under its digest; the daemon's program
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path directory = Path.of(args[0]);
        Path blobs = directory.resolve("blobs");
        try (RehearsalServer registry = RehearsalServer.start(directory, new RehearsalBlobs(blobs))) {
            new Rehearsal(directory).run(Path.of(args[1]), registry, onlyFile(blobs));
        }
        System.exit(0);
    }

    private static Path onlyFile(Path blobs) throws IOException {
        try (Stream<Path> files = Files.list(blobs)) {
            return files.findFirst().orElseThrow(() -> new IOException(blobs + ": there is no layer"));
        }
    }

    private void run(Path program, RehearsalServer registry, Path layer) throws IOException, InterruptedException {
        Path config = Files.writeString(
                directory.resolve("overlaybd.json"), """
                {"logPath":"","enableAudit":false,"frontend":"fuse-loop","controlSocket":"%s/control.sock",
                "cacheConfig":{"cacheDir":"%s/cache"},"registry":{"caFiles":["%s"]}}""".formatted(directory, directory, registry.certificate()));
        Path image = Files.writeString(directory.resolve("config.v1.json"), """
                {"repoBlobUrl":"https://%s/v2/app/blobs","resultFile":"%s/result",
                "lowers":[{"digest":"sha256:%s","size":%d,"dir":"%s/layer"}]}""".formatted(
                        registry.host(), directory, layer.getFileName(), Files.size(layer), directory));
        Files.createDirectory(directory.resolve("layer"));
        Process daemon = new ProcessBuilder(program.toString(), config.toString())
                .inheritIO()
                .start();
        try {
            awaitReady(daemon);
            DeviceInfo device = client.attach("rehearsal", image);
            try (InputStream disk = Files.newInputStream(Path.of(device.device()))) {
                disk.transferTo(OutputStream.nullOutputStream());
            }
            client.detach("rehearsal");
        } finally {
            daemon.destroy();
            daemon.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private void awaitReady(Process daemon) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                client.health();
                return;
            } catch (ControlException e) {
                if (!daemon.isAlive() || System.nanoTime() > deadline) {
                    throw e;
                }
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
