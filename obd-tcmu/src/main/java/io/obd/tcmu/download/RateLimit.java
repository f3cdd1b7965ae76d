package io.obd.tcmu.download;

import java.time.Duration;

/** Keeps the average rate of a transfer below a limit. */
final class RateLimit {
    private static final double NANOS_PER_SECOND = 1e9;

    private final double bytesPerSecond;
    private final long start = System.nanoTime();
    private long taken;

    RateLimit(double bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Counts what was transferred, and says how long to wait before the next transfer. */
    Duration take(long bytes) {
        taken += bytes;
        long due = start + (long) (taken / bytesPerSecond * NANOS_PER_SECOND);
        return Duration.ofNanos(Math.max(0, due - System.nanoTime()));
    }
}
