package io.obd.tcmu.download;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Keeps the rate of a transfer below a limit. A time without transfers earns nothing. */
final class RateLimit {
    private static final double NANOS_PER_SECOND = 1e9;

    private final double bytesPerSecond;
    private final LongSupplier nanoTime;
    private long allowedAt;

    RateLimit(double bytesPerSecond) {
        this(bytesPerSecond, System::nanoTime);
    }

    /** @param nanoTime a clock as {@link System#nanoTime} is one */
    RateLimit(double bytesPerSecond, LongSupplier nanoTime) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanoTime = nanoTime;
        this.allowedAt = nanoTime.getAsLong();
    }

    /** Counts what is about to be transferred, and says how long to wait before it. */
    Duration take(long bytes) {
        long now = nanoTime.getAsLong();
        long wait = Math.max(0, allowedAt - now);
        allowedAt = now + wait + (long) (bytes / bytesPerSecond * NANOS_PER_SECOND);
        return Duration.ofNanos(wait);
    }
}
