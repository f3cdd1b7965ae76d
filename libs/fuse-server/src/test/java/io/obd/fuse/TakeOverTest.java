package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import io.obd.linux.MessageSocket;
import io.obd.linux.MountTable;
import io.obd.linux.RawFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One server goes on where another one stopped or died. */
@Timeout(60)
class TakeOverTest {
    private static final int MIB = 1 << 20;
    private static final FuseOptions OPTIONS = new FuseOptions(4, Duration.ofSeconds(60));
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    Path dir;

    private Path mountPoint;
    private FuseServer server;
    private final LoopDevices loops = new LoopDevices();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeEach
    void mount() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        mountPoint = Files.createDirectory(dir.resolve("fuse"));
        server = FuseServer.mount(mountPoint, OPTIONS);
    }

    @AfterEach
    void unmount() throws Exception {
        if (!server.isServing()) {
            FuseConnection.of(MountTable.read().at(mountPoint).orElseThrow()).abort();
        }
        for (LoopDevice device : loops.list()) {
            if (device.backingFile().startsWith(dir.toString())) {
                loops.detach(device);
            }
        }
        await(this::isUnmounted);
        threads.shutdown();
        assertThat(MountTable.read().below(dir)).isEmpty();
    }

    /** The kernel tells of a file that was closed when it gets round to it. */
    private boolean isUnmounted() {
        try {
            server.close();
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** Copies of descriptors, as a holder has them. */
    private List<RawFile> held(List<RawFile> descriptors) throws IOException {
        Path path = dir.resolve("copies");
        Files.deleteIfExists(path);
        try (MessageSocket listening = MessageSocket.listen(path);
                MessageSocket to = MessageSocket.connect(path, Duration.ofSeconds(1));
                MessageSocket from = listening.accept()) {
            to.send(ByteBuffer.allocateDirect(1), descriptors);
            return from.receive(ByteBuffer.allocateDirect(10), Channels.DEVICE);
        }
    }

    private FuseServer takeOver(FuseSession session, List<RawFile> held, ServedFile... files) throws IOException {
        FuseSession remembered = FuseSession.decode(session.encode());
        return FuseServer.takeOver(mountPoint, remembered, held, List.of(files), OPTIONS);
    }

    @Test
    void aDeviceIsReadOnWithoutNoticing() throws Exception {
        MemoryFile file = MemoryFile.random(8 * MIB);
        LoopDevice device = loops.attach(server.add("a", file), new LoopOptions(true, true, 512));
        long number = server.number("a");
        List<RawFile> held = held(server.kept());

        assertThat(server.standDown(LONG)).isTrue();
        Future<byte[]> waiting = threads.submit(() -> Files.readAllBytes(device.path()));
        server = takeOver(server.session(), held, new ServedFile(number, "a", file));

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(file.content);
        assertThat(Files.readAllBytes(mountPoint.resolve("a"))).isEqualTo(file.content);
    }

    @Test
    void aNewFileNeverGetsANumberOfBefore() throws Exception {
        server.add("a", MemoryFile.random(512));
        long number = server.number("a");
        List<RawFile> held = held(server.kept());
        server.standDown(LONG);

        server = takeOver(server.session(), held);
        server.add("b", MemoryFile.random(512));

        assertThat(server.number("b")).isGreaterThan(number);
    }

    @Test
    void aRequestThatWasReadAndNotAnsweredIsSentAgain() throws Exception {
        assumeTrue(server.session().canResend(), "FUSE_NOTIFY_RESEND needs Linux 6.9");
        HangingFile hanging = new HangingFile(MIB);
        MemoryFile file = MemoryFile.random(MIB);
        Path path = server.add("a", hanging);
        long number = server.number("a");
        List<RawFile> held = held(server.kept());
        try {
            Future<byte[]> read = threads.submit(() -> readAt(path, 4096));
            await(() -> hanging.waiting.get() > 0);

            assertThat(server.standDown(SHORT)).isFalse();
            server = takeOver(server.session(), held, new ServedFile(number, "a", file));

            assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(Arrays.copyOfRange(file.content, 4096, 8192));
        } finally {
            hanging.released.countDown();
        }
    }

    @Test
    void whereTheKernelCannotSendAgainNobodyWaitsForTheDead() throws Exception {
        FuseSession session = server.session();
        FuseSession without = new FuseSession(session.minor(), 0, session.maxWrite(), 0);
        List<RawFile> held = held(server.kept().subList(0, 1));
        server.standDown(LONG);
        HangingFile hanging = new HangingFile(MIB);
        server = takeOver(without, held, new ServedFile(2, "a", hanging));
        assertThat(server.kept()).hasSize(1);
        List<RawFile> heldAgain = held(server.kept());
        try {
            Future<byte[]> read = threads.submit(() -> readAt(mountPoint.resolve("a"), 4096));
            await(() -> hanging.waiting.get() > 0);
            assertThat(server.standDown(SHORT)).isFalse();

            for (RawFile lost : server.read()) {
                lost.close(); // as the kernel does when the process dies
            }
            MemoryFile file = MemoryFile.random(MIB);
            server = takeOver(without, heldAgain, new ServedFile(2, "a", file));

            // The page cache asks again when its read fails; direct I/O would get the error.
            assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(Arrays.copyOfRange(file.content, 4096, 8192));
        } finally {
            hanging.released.countDown();
        }
    }

    private static byte[] readAt(Path path, long offset) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            byte[] bytes = new byte[4096];
            in.seek(offset);
            in.readFully(bytes);
            return bytes;
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            Thread.sleep(5);
        }
    }
}
