package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.BlockStore;
import io.obd.fuse.BufferPool;
import io.obd.fuse.FailureLog;
import io.obd.linux.RawFile;
import io.obd.linux.SharedMapping;
import io.obd.tcmu.ring.KernelRing;
import io.obd.tcmu.scsi.ScsiDisk;
import io.obd.tcmu.scsi.UnitIdentity;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.helpers.NOPLogger;

/** A device without the kernel: its memory is a file, and a pipe stands for the events. */
@Timeout(30)
class TcmuDeviceTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final byte[] READ_FIRST = {0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    private static final byte[] READ_SECOND = {0x28, 0, 0, 0, 0, 1, 0, 0, 1, 0};
    private static final byte[] WRITE_THIRD = {0x2a, 0, 0, 0, 0, 2, 0, 0, 1, 0};

    /** Length of an entry here. */
    private static final int ENTRY = 128;

    @TempDir
    private Path dir;

    private final MemoryStore content = new MemoryStore(1 << 20);
    private final CountDownLatch firstSectorCanBeRead = new CountDownLatch(1);
    private final CountDownLatch firstSectorIsRead = new CountDownLatch(1);
    private final CountDownLatch gone = new CountDownLatch(1);
    private volatile boolean exhausted;
    private volatile Consumer<TcmuDevice> whenGone = _ -> {};
    private MemorySegment memory;
    private KernelRing kernel;
    private RawFile bell;
    private TcmuDevice device;

    /** Reading its first sector takes until it is allowed. */
    private final class SlowStore implements BlockStore {
        @Override
        public long size() {
            return content.size();
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            if (offset == 0) {
                firstSectorIsRead.countDown();
            }
            try {
                if (offset == 0 && !firstSectorCanBeRead.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IOException("never allowed");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            content.read(offset, dst);
        }

        @Override
        public void write(long offset, ByteBuffer src) throws IOException {
            content.write(offset, src);
        }

        @Override
        public void discard(long offset, long length) throws IOException {
            content.discard(offset, length);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void start() throws Exception {
        Path shared = Files.write(dir.resolve("shared"), new byte[KernelRing.LENGTH]);
        try (FileChannel channel = FileChannel.open(shared, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, KernelRing.LENGTH, Arena.ofAuto());
        }
        kernel = new KernelRing(memory);
        Path pipe = dir.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        bell = RawFile.open(pipe, RawFile.READ_WRITE);
        content.content[512] = 42;
        SharedMapping mapping;
        try (RawFile file = RawFile.open(shared, RawFile.READ_WRITE)) {
            mapping = SharedMapping.of(file, KernelRing.LENGTH);
        }
        device = new TcmuDevice(
                "test",
                RawFile.open(pipe, RawFile.READ_WRITE | RawFile.NON_BLOCKING),
                mapping,
                new ScsiDisk(new SlowStore(), true, new UnitIdentity("1", "test")),
                new BufferPool(this::memory),
                new FailureLog(NOPLogger.NOP_LOGGER),
                ended -> {
                    gone.countDown();
                    whenGone.accept(ended);
                });
        device.start();
    }

    @AfterEach
    void stop() throws Exception {
        firstSectorCanBeRead.countDown();
        device.stop(LIMIT);
        bell.close();
    }

    private ByteBuffer memory(int length) {
        if (exhausted) {
            throw new OutOfMemoryError("no direct memory");
        }
        return ByteBuffer.allocateDirect(length);
    }

    private void ring() throws IOException {
        bell.write(ByteBuffer.allocateDirect(4));
    }

    @Test
    void aCommandThatTakesLongDoesNotDelayOthers() throws Exception {
        kernel.command(1, READ_FIRST, KernelRing.DATA, 512);
        kernel.command(2, READ_SECOND, KernelRing.DATA + 512, 512);
        ring();

        Await.that("it is answered", () -> kernel.tail() == ENTRY);
        assertThat(kernel.answeredId(0)).isEqualTo(2);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, KernelRing.DATA + 512)).isEqualTo((byte) 42);

        firstSectorCanBeRead.countDown();
        Await.that("it is answered", () -> kernel.tail() == 2 * ENTRY);
        assertThat(kernel.answeredId(ENTRY)).isEqualTo(1);
        assertThat(kernel.status(ENTRY)).isZero();
    }

    @Test
    void aCommandWhoseTimeIsUpFailsAndItsLateDataGoesNowhere() throws Exception {
        kernel.command(1, READ_FIRST, KernelRing.DATA, 512);
        kernel.command(2, READ_SECOND, KernelRing.DATA + 512, 512);
        ring();
        Await.that("it is answered", () -> kernel.tail() == ENTRY);

        device.giveUp(System.nanoTime(), Duration.ofSeconds(1));

        assertThat(kernel.tail()).isEqualTo(2 * ENTRY);
        assertThat(kernel.answeredId(ENTRY)).isEqualTo(1);
        assertThat(kernel.status(ENTRY)).isEqualTo(2);
        assertThat(kernel.senseKey(ENTRY)).isEqualTo(3);
        // The kernel uses the memory again: for another command, say.
        memory.set(ValueLayout.JAVA_BYTE, KernelRing.DATA, (byte) 7);
        firstSectorCanBeRead.countDown();
        device.stop(LIMIT);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, KernelRing.DATA)).isEqualTo((byte) 7);
        assertThat(kernel.tail()).isEqualTo(2 * ENTRY);
    }

    @Test
    void whatIsNotAnsweredWhenItStopsIsLeftForTheNextOne() throws Exception {
        kernel.command(1, READ_FIRST, KernelRing.DATA, 512);
        kernel.command(2, READ_SECOND, KernelRing.DATA + 512, 512);
        ring();
        Await.that("it is answered", () -> kernel.tail() == ENTRY);

        device.stop(Duration.ofMillis(50));
        firstSectorCanBeRead.countDown();

        assertThat(kernel.tail()).isEqualTo(ENTRY);
    }

    @Test
    void whatIsWrittenIsTakenFromTheMemory() throws Exception {
        memory.asSlice(KernelRing.DATA, 512).fill((byte) 9);
        kernel.command(3, WRITE_THIRD, KernelRing.DATA, 512);
        ring();

        Await.that("it is answered", () -> kernel.tail() == ENTRY);

        assertThat(kernel.status(0)).isZero();
        assertThat(content.content[2 * 512 + 511]).isEqualTo((byte) 9);
    }

    @Test
    void commandsThatGetNoMemoryFailAndTheDeviceGoesOn() throws Exception {
        exhausted = true;
        kernel.command(1, WRITE_THIRD, KernelRing.DATA, 512);
        kernel.command(2, READ_SECOND, KernelRing.DATA + 512, 512);
        ring();
        Await.that("it is answered", () -> kernel.tail() == 2 * ENTRY);
        assertThat(kernel.status(0)).isEqualTo(2);
        assertThat(kernel.status(ENTRY)).isEqualTo(2);

        exhausted = false;
        kernel.command(3, READ_SECOND, KernelRing.DATA + 512, 512);
        ring();
        Await.that("it is answered", () -> kernel.tail() == 3 * ENTRY);
        assertThat(kernel.status(2 * ENTRY)).isZero();
    }

    @Test
    void aDeviceIsClosedByItsLastCommandAlsoWhileItsEndIsTold() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        whenGone = ended -> {
            try {
                ended.stop(Duration.ofMillis(1));
                told.countDown();
                closed.await();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        kernel.command(1, READ_FIRST, KernelRing.DATA, 512);
        ring();
        assertThat(firstSectorIsRead.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        kernel.entry(4, 1);
        ring();
        assertThat(told.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(openPipes()).isEqualTo(2);

        firstSectorCanBeRead.countDown();

        try {
            Await.that("only the test has the pipe open", () -> openPipes() == 1);
        } finally {
            closed.countDown();
        }
    }

    private long openPipes() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path fd : all) {
                try {
                    count += Files.readSymbolicLink(fd).equals(dir.resolve("pipe")) ? 1 : 0;
                } catch (NoSuchFileException _) {
                    // Closed meanwhile, that of the directory for one.
                }
            }
        }
        return count;
    }

    @Test
    void aBrokenRingEndsTheDevice() throws Exception {
        kernel.entry(4, 1);
        ring();

        assertThat(gone.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
}
