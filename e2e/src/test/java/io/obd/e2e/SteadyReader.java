package io.obd.e2e;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Reads blocks of a large device at random, of which the page cache has next to none, and notes how long it had to wait. */
final class SteadyReader implements AutoCloseable {
    private static final int BLOCK = 4096;
    private static final long PACE = 1_000_000;

    private final Thread thread;
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong longest = new AtomicLong();
    private volatile boolean stopped;
    private volatile String failure = "";

    SteadyReader(String device, long size) {
        thread = Thread.ofPlatform().name("reader").daemon().start(() -> run(Path.of(device), size / BLOCK));
    }

    private void run(Path device, long blocks) {
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
            Random random = new Random(1);
            while (!stopped) {
                long start = System.nanoTime();
                channel.read(buffer.clear(), random.nextLong(blocks) * BLOCK);
                longest.accumulateAndGet(System.nanoTime() - start, Math::max);
                reads.incrementAndGet();
                LockSupport.parkNanos(PACE);
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
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
