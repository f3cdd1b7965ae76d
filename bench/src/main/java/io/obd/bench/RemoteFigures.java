package io.obd.bench;

import io.obd.blobstore.FaultyRegistry;
import io.obd.image.DeviceStatus;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Measures devices whose registry is far away behind 1 Gbit/s: reading from the beginning on, reads here and there, the
 * attach, what is cached, TLS, memory, and the start of a program.
 */
final class RemoteFigures {
    private static final long SIZE = 1L << 30;
    private static final int CHUNK = 1 << 20;
    private static final int BLOCK = 4096;
    private static final int ROUND_TRIP_MS = 200;
    private static final double MEGABITS = 1000;
    private static final double NO_LIMIT = 1e9;
    private static final int READS = 200;
    private static final int READERS = 32;
    private static final int GRANULE = 256 << 10;
    private static final int FIO_KIB_PER_SECOND = 6;
    private static final int FIO_READS_PER_SECOND = 7;
    private static final char[] PASSWORD = "overlaybd".toCharArray();

    private final Path directory;
    private final List<String> command;

    private RemoteFigures(Path directory, List<String> command) {
        this.directory = directory;
        this.command = command;
    }

    /**
     * {@code DIRECTORY ROOT-LAYER ROWS BACKEND...}: with tls.p12 and ca.pem in the directory; the rows are those of
     * {@code sequential,jumps,tls,program} that are wanted.
     */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of(args[0]).toAbsolutePath());
        List<String> rows = List.of(args[2].split(","));
        RemoteFigures figures = new RemoteFigures(directory, List.of(args).subList(3, args.length));
        Path random = randomLayer(directory);
        Digest digest = digest(random);
        if (rows.contains("sequential")) {
            figures.measureSequential(random, digest);
        }
        if (rows.contains("jumps")) {
            figures.measureJumps(random, digest);
        }
        if (rows.contains("tls")) {
            figures.measureTls(random, digest);
        }
        if (rows.contains("program")) {
            figures.measureProgram(Path.of(args[1]));
        }
    }

    /** The same each time, so it is made once. */
    private static Path randomLayer(Path directory) throws IOException {
        Path file = directory.resolve("layer");
        if (Files.exists(file)) {
            return file;
        }
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

    private static Digest digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Digest.sha256(in);
        }
    }

    private static ByteBuffer map(Path layer) throws IOException {
        try (FileChannel file = FileChannel.open(layer, StandardOpenOption.READ)) {
            return file.map(FileChannel.MapMode.READ_ONLY, 0, file.size());
        }
    }

    private interface Reading {
        void of(Path device) throws Exception;
    }

    private static long millis(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private void measureJumps(Path layer, Digest digest) throws Exception {
        Path trace = directory.resolve("trace");
        Files.deleteIfExists(trace);
        Files.createFile(trace);
        try (FaultyRegistry registry = new FaultyRegistry(map(layer), digest)) {
            cold(registry, trace.toString(), RemoteFigures::startUp);
            registry.move(ROUND_TRIP_MS, MEGABITS);
            long oneByOne = READS * (ROUND_TRIP_MS + GRANULE * 8L / (long) (MEGABITS * 1000));
            for (String given : List.of("", trace.toString())) {
                int requests = registry.requests();
                long sent = registry.sent();
                long millis = cold(registry, given, RemoteFigures::startUp);
                System.out.printf(
                        "start-up, %d reads, %s a trace: %d ms, %.1f times less than one request at a time (%d ms); "
                                + "%d requests, %d MiB%n",
                        READS,
                        given.isEmpty() ? "without" : "with",
                        millis,
                        (double) oneByOne / millis,
                        oneByOne,
                        registry.requests() - requests,
                        (registry.sent() - sent) >> 20);
            }
        }
    }

    /** Fills the cache as well, which is read then. */
    private void measureSequential(Path layer, Digest digest) throws Exception {
        try (FaultyRegistry registry = new FaultyRegistry(map(layer), digest);
                RemoteBackend backend = RemoteBackend.start(directory, command, true)) {
            registry.move(ROUND_TRIP_MS, MEGABITS);
            int requests = registry.requests();
            long start = System.nanoTime();
            Path device = backend.attach(registry, registry.blobsUrl(), "");
            printAttach("cold", start, backend, registry.requests() - requests);
            fill(backend, device, "plain HTTP");
            backend.detach();
            requests = registry.requests();
            start = System.nanoTime();
            device = backend.attach(registry, registry.blobsUrl(), "");
            printAttach("warm", start, backend, registry.requests() - requests);
            measureCached(device);
            backend.detach();
        }
    }

    /** Reads a device from its beginning to its end. */
    private static void fill(RemoteBackend backend, Path device, String protocol) throws IOException {
        long fetched = backend.status().fetched().reads();
        long used = backend.processorMillis();
        long usedHere = processorMillis();
        long start = System.nanoTime();
        readAll(device);
        long millis = millis(start);
        used = backend.processorMillis() - used;
        usedHere = processorMillis() - usedHere;
        double gigabytes = (backend.status().fetched().reads() - fetched) / 1e9;
        System.out.printf(
                "sequential, %s: %d MiB in %d ms, %.0f %% of the link; per GB %.2f s of processor time "
                        + "(registry and reader: %.2f s), resident %d MiB%n",
                protocol,
                SIZE >> 20,
                millis,
                100.0 * SIZE * 8 / 1e3 / millis / MEGABITS,
                used / 1e3 / gigabytes,
                usedHere / 1e3 / gigabytes,
                backend.statusKib("VmRSS") >> 10);
    }

    private static long processorMillis() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toMillis();
    }

    private static void printAttach(String what, long start, RemoteBackend backend, int requests) throws IOException {
        long millis = millis(start);
        DeviceStatus status = backend.status();
        System.out.printf(
                "attach, %s: %d ms, %d requests, %d bytes%n",
                what, millis, requests, status.fetched().reads());
    }

    private static void measureCached(Path device) throws Exception {
        for (int length : List.of(BLOCK, CHUNK)) {
            String[] figures = fio(device, "--bs=" + length, "--time_based", "--runtime=3");
            System.out.printf(
                    "cached reads of %d bytes, one after the other: %s/s, %s KiB/s%n",
                    length, figures[FIO_READS_PER_SECOND], figures[FIO_KIB_PER_SECOND]);
        }
    }

    /** Random reads past the page cache; what fio says in one line. */
    private static String[] fio(Path device, String... options) throws Exception {
        List<String> fio = Stream.concat(
                        Stream.of(
                                "fio",
                                "--name=read",
                                "--filename=" + device,
                                "--readonly",
                                "--direct=1",
                                "--rw=randread",
                                "--group_reporting",
                                "--minimal"),
                        Stream.of(options))
                .toList();
        Process process = new ProcessBuilder(fio)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("fio: exit code " + process.exitValue());
        }
        return line.split(";");
    }

    private void measureTls(Path layer, Digest digest) throws Exception {
        KeyStore keys = KeyStore.getInstance(directory.resolve("tls.p12").toFile(), PASSWORD);
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        ServerSocket socket =
                context.getServerSocketFactory().createServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        try (FaultyRegistry registry = new FaultyRegistry(map(layer), digest, socket);
                RemoteBackend backend = RemoteBackend.start(directory, command, true)) {
            registry.move(ROUND_TRIP_MS, MEGABITS);
            Path device = backend.attach(registry, "https://localhost:" + registry.port() + "/v2/app/blobs", "");
            fill(backend, device, "TLS");
            measureMemory(backend, device);
            backend.detach();
        }
    }

    private static void measureMemory(RemoteBackend backend, Path device) throws Exception {
        fio(device, "--bs=1M", "--numjobs=" + READERS, "--io_size=64M", "--size=" + SIZE);
        System.out.printf(
                "%d readers of 1 MiB: heap in use %d MiB, resident %d MiB, at most %d MiB%n",
                READERS, backend.heapKib() >> 10, backend.statusKib("VmRSS") >> 10, backend.statusKib("VmHWM") >> 10);
    }

    private void measureProgram(Path layer) throws Exception {
        Path trace = directory.resolve("program-trace");
        Files.deleteIfExists(trace);
        Files.createFile(trace);
        try (FaultyRegistry registry = new FaultyRegistry(map(layer), digest(layer))) {
            cold(registry, trace.toString(), this::runProgram);
            for (int roundTrip : List.of(0, 50, 200)) {
                registry.move(roundTrip, roundTrip == 0 ? NO_LIMIT : MEGABITS);
                System.out.printf(
                        "python3 -c 'print(1)' with mount, %d ms away: %d ms without a trace, %d ms with one%n",
                        roundTrip,
                        cold(registry, "", this::runProgram),
                        cold(registry, trace.toString(), this::runProgram));
            }
        }
    }

    /** In a root directory of its own; a container adds what its runtime takes. */
    private void runProgram(Path device) throws Exception {
        Path root = Files.createDirectories(directory.resolve("root"));
        run("mount", "-o", "ro,noload", device.toString(), root.toString());
        try {
            run("chroot", root.toString(), "python3", "-c", "print(1)");
        } finally {
            run("umount", root.toString());
        }
    }

    private static void run(String... words) throws Exception {
        Process process = new ProcessBuilder(words)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", words) + ": exit code " + process.exitValue());
        }
    }

    /** Milliseconds that the reads take when nothing is cached. */
    private long cold(FaultyRegistry registry, String trace, Reading reading) throws Exception {
        try (RemoteBackend backend = RemoteBackend.start(directory, command, true)) {
            Path device = backend.attach(registry, registry.blobsUrl(), trace);
            long start = System.nanoTime();
            reading.of(device);
            long millis = millis(start);
            backend.detach();
            return millis;
        }
    }

    private static void readAll(Path device) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ)) {
            while (channel.read(buffer.clear()) > 0) {
                buffer.flip();
            }
        }
    }

    /** One block here, one there, one after the other. */
    private static void startUp(Path device) throws IOException {
        Random random = new Random(2);
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ)) {
            for (int i = 0; i < READS; i++) {
                channel.read(block.clear(), random.nextLong(SIZE / 4 / BLOCK) * BLOCK);
            }
        }
    }
}
