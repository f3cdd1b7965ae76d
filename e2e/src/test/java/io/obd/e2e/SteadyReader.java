package io.obd.e2e;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/** Reads the first block of a device over and over, past the page cache, and notes how long it had to wait. */
final class SteadyReader implements AutoCloseable {
    private static final int BLOCK = 4096;

    private final Thread thread;
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong longest = new AtomicLong();
    private volatile boolean stopped;
    private volatile String failure = "";

    SteadyReader(String device) {
        thread = Thread.ofPlatform().name("reader").daemon().start(() -> run(Path.of(device)));
    }

    private void run(Path device) {
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(2 * BLOCK).alignedSlice(BLOCK);
            while (!stopped) {
                long start = System.nanoTime();
                channel.read(buffer.clear().limit(BLOCK), 0);
                longest.accumulateAndGet(System.nanoTime() - start, Math::max);
                reads.incrementAndGet();
            }
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        }
    }

    /** How many reads there were. */
    long reads() {
        return reads.get();
    }

    /** The longest wait in nanoseconds since this was last asked. */
    long longestWait() {
        return longest.getAndSet(0);
    }

    /** What went wrong, or nothing. */
    String failure() {
        return failure;
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        thread.join();
    }
}
