package io.obd.blobstore;

import io.obd.registry.RegistryException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/** Tries again what failed for a passing reason, after pauses that grow, until a time is over. */
final class Patience {
    private static final long FIRST_DELAY_NANOS = 100_000_000L;
    private static final long LONGEST_DELAY_NANOS = 1_000_000_000L;

    private final long deadline;
    private long delay = FIRST_DELAY_NANOS;

    Patience(Duration limit) {
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    /** Nanoseconds until the time is over; negative when it is. */
    long left() {
        return deadline - System.nanoTime();
    }

    /**
     * Returns when the next attempt is due.
     *
     * @throws IOException the failure, if another attempt would not help
     */
    void pauseAfter(IOException failure) throws IOException {
        if (!(failure instanceof RegistryException registry && registry.isTransient())) {
            throw failure;
        }
        long pause = Math.max(delay, registry.retryAfter().orElse(Duration.ZERO).toNanos());
        try {
            Thread.sleep(Duration.ofNanos(Math.max(Math.min(pause, left()), 0)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting to try again");
            interrupted.initCause(failure);
            throw interrupted;
        }
        delay = Math.min(2 * delay, LONGEST_DELAY_NANOS);
    }
}
