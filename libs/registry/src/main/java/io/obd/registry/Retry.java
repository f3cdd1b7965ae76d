package io.obd.registry;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Repeats what failed for a passing reason, with growing pauses, until a number of attempts or the deadline ends it. */
final class Retry {
    /** Whoever waits for longer wants to know why. */
    private static final Duration NOTICEABLE = Duration.ofSeconds(5);

    private final Logger log = LoggerFactory.getLogger(Retry.class);
    private final RetryPolicy policy;
    private final Deadline deadline;
    private final Duration longestPause;
    private int failures;

    Retry(RegistryConfig config, Deadline deadline) {
        this.policy = config.retries();
        this.longestPause = config.operationTimeout();
        this.deadline = deadline;
    }

    interface Attempt<T> {
        T run() throws IOException;
    }

    <T> T run(Attempt<T> attempt) throws IOException {
        while (true) {
            try {
                return attempt.run();
            } catch (RegistryException e) {
                pauseAfter(e);
            }
        }
    }

    /** Returns when the next attempt is due, or throws the failure if it is the last. */
    void pauseAfter(RegistryException failure) throws IOException {
        failures++;
        if (!failure.isTransient() || failures >= policy.attempts()) {
            throw failure;
        }
        Duration delay = failure.retryAfter().orElseGet(() -> spread(policy.delayAfter(failures)));
        if (delay.compareTo(deadline.left()) >= 0 || delay.compareTo(longestPause) > 0) {
            throw failure;
        }
        log.atLevel(delay.compareTo(NOTICEABLE) > 0 ? Level.INFO : Level.DEBUG)
                .log("again in {} ms: {}", delay.toMillis(), failure.getMessage());
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting to try again");
            interrupted.initCause(failure);
            throw interrupted;
        }
    }

    /** Something was achieved since the last failure: the count starts again. */
    void progressed() {
        failures = 0;
    }

    private static Duration spread(Duration delay) {
        long nanos = delay.toNanos();
        return Duration.ofNanos(nanos / 2 + ThreadLocalRandom.current().nextLong(nanos / 2 + 1));
    }
}
