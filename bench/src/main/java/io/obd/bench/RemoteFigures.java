package io.obd.bench;

import io.obd.blobstore.FaultyRegistry;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Reads a device whose registry is 200 ms away behind 1 Gbit/s: from its beginning on, and as a start-up does. */
final class RemoteFigures {
    private static final long SIZE = 1L << 30;
    private static final int CHUNK = 1 << 20;
    private static final int BLOCK = 4096;
    private static final int ROUND_TRIP_MS = 200;
    private static final double MEGABITS = 1000;
    private static final int READS = 200;
    private static final int GRANULE = 256 << 10;
    private static final String ID = "remote";

    private final Path directory;
    private final List<String> backend;
    private final FaultyRegistry registry;
    private final ControlClient client;

    private RemoteFigures(Path directory, List<String> backend, FaultyRegistry registry) {
        this.directory = directory;
        this.backend = backend;
        this.registry = registry;
        this.client = new ControlClient(directory.resolve("control.sock"), Duration.ofMinutes(1));
    }

    /** {@code DIRECTORY BACKEND...}: an empty directory, and the command that runs the backend. */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of(args[0]).toAbsolutePath());
        Path layer = layer(directory);
        try (FileChannel file = FileChannel.open(layer, StandardOpenOption.READ);
                FaultyRegistry registry =
                        new FaultyRegistry(file.map(FileChannel.MapMode.READ_ONLY, 0, file.size()), digest(layer))) {
            new RemoteFigures(directory, List.of(args).subList(1, args.length), registry).run();
        }
    }

    private static Path layer(Path directory) throws IOException {
        Path file = directory.resolve("layer");
        Files.deleteIfExists(file);
        Random random = new Random(1);
        byte[] bytes = new byte[CHUNK];
        try (LayerWriter writer = LayerWriter.create(file, SIZE, null, LayerOptions.COMPRESSED)) {
            for (long at = 0; at < SIZE; at += CHUNK) {
                random.nextBytes(bytes);
                writer.write(at, ByteBuffer.allocateDirect(CHUNK).put(bytes).flip());
            }
            writer.finish();
        }
        return file;
    }

    private static Digest digest(Path file) throws Exception {
        MessageDigest hasher = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[CHUNK];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                hasher.update(buffer, 0, n);
            }
        }
        return Digest.ofHash("sha256", hasher.digest());
    }

    private interface Reading {
        void of(Path device) throws IOException;
    }

    private void run() throws Exception {
        Path trace = directory.resolve("trace");
        Files.deleteIfExists(trace);
        Files.createFile(trace);
        cold(trace.toString(), this::startUp);
        registry.move(ROUND_TRIP_MS, MEGABITS);
        long sequential = cold("", this::readAll);
        System.out.printf(
                "sequential: %d MiB in %d ms, %.0f %% of the link%n",
                SIZE >> 20, sequential, 100.0 * SIZE * 8 / 1e3 / sequential / MEGABITS);
        long oneByOne = READS * (ROUND_TRIP_MS + GRANULE * 8L / (long) (MEGABITS * 1000));
        long without = cold("", this::startUp);
        int requests = registry.requests();
        long with = cold(trace.toString(), this::startUp);
        System.out.printf(
                "start-up, %d reads: one request at a time %d ms, without a trace %d ms (%.1f times less), "
                        + "with one %d ms (%.1f times less, %d requests)%n",
                READS,
                oneByOne,
                without,
                (double) oneByOne / without,
                with,
                (double) oneByOne / with,
                registry.requests() - requests);
    }

    /** Milliseconds that the reads take when nothing is cached. */
    private long cold(String trace, Reading reading) throws Exception {
        Path cache = directory.resolve("cache");
        if (Files.exists(cache)) {
            try (Stream<Path> files = Files.walk(cache)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        Path config = Files.writeString(directory.resolve("overlaybd.json"), """
                {"controlSocket": "%1$s/control.sock", "frontend": "fuse-loop", "logPath": "%1$s/log",
                 "cacheConfig": {"cacheType": "file", "cacheDir": "%1$s/cache"},
                 "registry": {"hostsDir": "%1$s/none", "insecureHosts": ["localhost"]}}""".formatted(directory));
        List<String> command =
                Stream.concat(backend.stream(), Stream.of(config.toString())).toList();
        Process daemon = new ProcessBuilder(command).inheritIO().start();
        try {
            awaitBackend();
            Path specification = directory.resolve("config.v1.json");
            Lower lower = Lower.remote(registry.digest().toString(), 0, "");
            String result = directory.resolve("result").toString();
            new ImageConfig(registry.blobsUrl(), List.of(lower), Upper.NONE, result, false, trace, null)
                    .write(specification);
            Path device = Path.of(client.attach(ID, specification).device());
            long start = System.nanoTime();
            reading.of(device);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            client.detach(ID);
            return millis;
        } finally {
            daemon.destroy();
            daemon.waitFor();
        }
    }

    private void awaitBackend() throws InterruptedException, ControlException {
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

    private void readAll(Path device) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ)) {
            while (channel.read(buffer.clear()) > 0) {
                buffer.flip();
            }
        }
    }

    /** One block here, one there, one after the other. */
    private void startUp(Path device) throws IOException {
        Random random = new Random(2);
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ)) {
            for (int i = 0; i < READS; i++) {
                channel.read(block.clear(), random.nextLong(SIZE / 4 / BLOCK) * BLOCK);
            }
        }
    }
}
