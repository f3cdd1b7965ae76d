package io.obd.nydusd.data;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;

/** The lock of a file of the cache, which processes hold while they make one. */
final class CacheLock {
    /** Much more than that takes: one that is stopped must not keep others from serving. */
    static final Duration LIMIT = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofMillis(10);

    private CacheLock() {}

    /**
     * Waits for the lock.
     *
     * @throws IOException if another process holds it all the time
     */
    static FileLock take(Path file, FileChannel channel, Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        FileLock lock = channel.tryLock();
        while (lock == null) {
            if (System.nanoTime() - deadline >= 0) {
                throw new IOException(
                        file + ": another process has had its lock for " + limit.toMillis() + " ms and more");
            }
            pause(file);
            lock = channel.tryLock();
        }
        return lock;
    }

    private static void pause(Path file) throws InterruptedIOException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted at the lock of " + file);
        }
    }
}
