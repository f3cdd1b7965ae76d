package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FuseServerTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir
    Path dir;

    private final LoopDevices loops = new LoopDevices();
    private FuseServer server;

    @BeforeEach
    void mount() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        assumeTrue(Files.exists(Path.of("/dev/fuse")), "the kernel has no FUSE");
        server = start(Duration.ofSeconds(60));
    }

    private FuseServer start(Duration ioTimeout) throws IOException {
        Path mountPoint = Files.createTempDirectory(dir, "fuse");
        return FuseServer.mount(mountPoint, new FuseOptions(4, ioTimeout));
    }

    @AfterEach
    void unmount() throws IOException {
        for (LoopDevice device : loops.list()) {
            if (device.backingFile().startsWith(dir.toString())) {
                loops.detach(device);
            }
        }
        server.close();
        assertThat(MountTable.read().below(dir)).isEmpty();
    }

    @Test
    void aServerThatGetsNoMemoryLeavesNoMount() throws IOException {
        Path other = Files.createDirectory(dir.resolve("other"));
        NewMount mount = new NewMount("test", other, FuseServer.TYPE, List.of(), InitLayout.FLAT);

        assertThatThrownBy(() -> mount.mount((_, device) -> {
                    try (device) {
                        throw new OutOfMemoryError("a test");
                    }
                }))
                .isInstanceOf(OutOfMemoryError.class);

        assertThat(MountTable.read().at(other)).isEmpty();
    }

    @Test
    void filesComeAndGoWhileItIsMounted() throws Exception {
        Path a = server.add("a", MemoryFile.random(MIB));
        Path b = server.add("b", MemoryFile.writable(2 * MIB));

        assertThat(list()).containsExactlyInAnyOrder("a", "b");
        assertThat(Files.size(b)).isEqualTo(2 * MIB);
        assertThat(server.remove("a", LIMIT)).isTrue();
        assertThat(list()).containsExactly("b");
        assertThat(a).doesNotExist();
        assertThat(server.remove("a", LIMIT)).isTrue();
    }

    @Test
    void aDirectoryOfManyFilesIsListedWhole() throws IOException {
        for (int i = 0; i < 1000; i++) {
            server.add("device-" + i, MemoryFile.writable(512));
        }
        assertThat(list()).hasSize(1000);
    }

    private List<String> list() throws IOException {
        try (var entries = Files.list(server.mountPoint())) {
            return entries.map(path -> path.getFileName().toString()).toList();
        }
    }

    @Test
    void aFileIsReadAsItIs() throws IOException {
        MemoryFile file = MemoryFile.random(3 * MIB + 512);

        assertThat(Files.readAllBytes(server.add("a", file))).isEqualTo(file.content);
    }

    @Test
    void aReadOnlyFileRefusesToBeOpenedForWriting() {
        Path path = server.add("a", MemoryFile.random(MIB));

        assertThatThrownBy(() -> new RandomAccessFile(path.toFile(), "rw").close())
                .hasMessageContaining("Read-only file system");
    }

    @Test
    void aNameThatIsTakenOrUnusableIsRefused() {
        server.add("a", MemoryFile.random(512));

        assertThatThrownBy(() -> server.add("a", MemoryFile.random(512))).hasMessageContaining("a file a is served");
        assertThatThrownBy(() -> server.add("../a", MemoryFile.random(512)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLoopDeviceReadsTheImagePastThePageCache() throws IOException {
        MemoryFile file = MemoryFile.random(8 * MIB);
        LoopDevice device = attach("a", file);

        try (InputStream in = Files.newInputStream(device.path())) {
            assertThat(in.readAllBytes()).isEqualTo(file.content);
        }
        assertThat(device.directIo()).isTrue();
    }

    @Test
    void aFileSystemOnAWritableDeviceKeepsWhatIsWritten() throws Exception {
        MemoryFile file = MemoryFile.writable(64 * MIB);
        LoopDevice device = attach("a", file);
        byte[] content = new byte[10 * MIB];
        new Random(1).nextBytes(content);
        run("mkfs.ext4", "-q", device.path().toString());
        Path target = Files.createDirectory(dir.resolve("mnt"));
        Mounts mounts = new Mounts();

        mounts.mount(device.path().toString(), target, "ext4", List.of("discard"));
        Files.write(target.resolve("kept"), content);
        Files.write(target.resolve("removed"), content);
        Files.delete(target.resolve("removed"));
        mounts.unmount(target);
        run("e2fsck", "-fn", device.path().toString());
        mounts.mount(device.path().toString(), target, "ext4", List.of("ro"));
        try {
            assertThat(Files.readAllBytes(target.resolve("kept"))).isEqualTo(content);
        } finally {
            mounts.unmount(target);
        }
        assertThat(file.flushes).hasPositiveValue();
    }

    @Test
    void aDiscardedRangeReadsAsZeros() throws Exception {
        MemoryFile file = MemoryFile.writable(4 * MIB);
        Arrays.fill(file.content, (byte) 1);
        LoopDevice device = attach("a", file);

        run("blkdiscard", "-o", "1048576", "-l", "1048576", device.path().toString());

        assertThat(Arrays.copyOfRange(file.content, MIB, 2 * MIB)).containsOnly(0);
        assertThat(file.content[MIB - 1]).isEqualTo((byte) 1);
        assertThat(file.content[2 * MIB]).isEqualTo((byte) 1);
    }

    @Test
    void aSourceThatFailsGivesAnInputOutputErrorAndNothingElseFails() throws IOException {
        MemoryFile file = new MemoryFile(new byte[4 * MIB], false) {
            @Override
            public void read(long offset, ByteBuffer dst) throws IOException {
                if (offset >= 2 * MIB) {
                    throw new IOException("the registry is down", new IOException("connection refused"));
                }
                super.read(offset, dst);
            }
        };
        Path path = server.add("a", file);

        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            in.seek(3 * MIB);
            assertThatThrownBy(in::read).hasMessageContaining("Input/output error");
            in.seek(0);
            assertThat(in.read()).isZero();
        }
    }

    @Test
    void aBugInTheSourceGivesAnInputOutputErrorToo() throws IOException {
        Path path = server.add("a", new MemoryFile(new byte[MIB], false) {
            @Override
            public void read(long offset, ByteBuffer dst) {
                throw new IllegalStateException("a bug");
            }
        });

        assertThatThrownBy(() -> Files.readAllBytes(path)).hasMessageContaining("Input/output error");
    }

    @Test
    void manyReadersSeeTheRightBytes() throws Exception {
        MemoryFile file = MemoryFile.random(16 * MIB);
        LoopDevice device = attach("a", file);
        List<Future<Boolean>> readers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            for (int i = 0; i < 16; i++) {
                int seed = i;
                readers.add(threads.submit(() -> readsAtRandom(device.path(), file.content, seed)));
            }
        }
        for (Future<Boolean> reader : readers) {
            assertThat(reader.get()).isTrue();
        }
    }

    private static boolean readsAtRandom(Path path, byte[] expected, int seed) throws IOException {
        Random random = new Random(seed);
        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            for (int i = 0; i < 200; i++) {
                byte[] bytes = new byte[1 + random.nextInt(100_000)];
                int offset = random.nextInt(expected.length - bytes.length);
                in.seek(offset);
                in.readFully(bytes);
                if (!Arrays.equals(bytes, Arrays.copyOfRange(expected, offset, offset + bytes.length))) {
                    return false;
                }
            }
            return true;
        }
    }

    @Test
    void aFileThatHangsDoesNotDelayAnother() throws Exception {
        HangingFile hanging = new HangingFile(64 * MIB);
        MemoryFile file = MemoryFile.random(8 * MIB);
        Path stuck = server.add("stuck", hanging);
        Path path = server.add("fine", file);
        List<Future<byte[]>> waiting = new ArrayList<>();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            try {
                for (int i = 0; i < 50; i++) {
                    int at = i * MIB;
                    waiting.add(threads.submit(() -> readAt(stuck, at)));
                }
                await(() -> hanging.waiting.get() > 16);

                assertThat(threads.submit(() -> Files.readAllBytes(path)).get(10, TimeUnit.SECONDS))
                        .isEqualTo(file.content);
            } finally {
                hanging.released.countDown();
            }
            for (Future<byte[]> read : waiting) {
                assertThat(read.get()).containsOnly(0);
            }
        }
    }

    @Test
    void aReadThatTakesTooLongGetsAnErrorAndTheFileWorksAgainLater() throws Exception {
        FuseServer impatient = start(Duration.ofMillis(300));
        HangingFile hanging = new HangingFile(64 * MIB);
        Path path = impatient.add("a", hanging);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<byte[]>> reads = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                int at = i * MIB;
                reads.add(threads.submit(() -> readAt(path, at)));
            }
            for (Future<byte[]> read : reads) {
                assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS)).hasMessageContaining("Input/output error");
            }
            hanging.released.countDown();
            assertThat(readAt(path, 0)).containsOnly(0);
        } finally {
            hanging.released.countDown();
        }
        impatient.close();
    }

    private static byte[] readAt(Path path, long offset) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            byte[] bytes = new byte[4096];
            in.seek(offset);
            in.readFully(bytes);
            return bytes;
        }
    }

    @Test
    void itStaysMountedWhileAFileIsOpen() throws IOException {
        LoopDevice device = attach("a", MemoryFile.random(MIB));

        assertThatThrownBy(server::close).hasMessageContaining("EBUSY");
        assertThat(server.isServing()).isTrue();
        try (InputStream in = Files.newInputStream(device.path())) {
            assertThat(in.readNBytes(512)).hasSize(512);
        }
    }

    @Test
    void anAbortedConnectionFailsWhoeverWaitsAndEndsTheServer() throws Exception {
        FuseServer doomed = start(Duration.ofSeconds(60));
        HangingFile hanging = new HangingFile(MIB);
        Path path = doomed.add("a", hanging);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<byte[]> read = threads.submit(() -> readAt(path, 0));
            await(() -> hanging.waiting.get() > 0);

            FuseConnection.of(MountTable.read().at(doomed.mountPoint()).orElseThrow())
                    .abort();

            assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
            hanging.released.countDown();
            await(() -> !doomed.isServing());
        }
        doomed.close();
    }

    @Test
    void writingThroughTheFileSystemReachesTheFile() throws IOException {
        MemoryFile file = MemoryFile.writable(4 * MIB);
        Path path = server.add("a", file);
        byte[] content = new byte[3 * MIB];
        Arrays.fill(content, (byte) 7);

        try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.WRITE)) {
            out.write(content);
        }

        assertThat(Arrays.copyOf(file.content, content.length)).isEqualTo(content);
    }

    private LoopDevice attach(String name, MemoryFile file) throws IOException {
        return loops.attach(server.add(name, file), new LoopOptions(!file.isWritable(), true, 512));
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            Thread.sleep(5);
        }
    }
}
