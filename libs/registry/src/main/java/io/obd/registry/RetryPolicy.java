package io.obd.registry;

import java.time.Duration;

/**
 * How often a request that failed for a passing reason is tried again.
 *
 * @param attempts how often it is sent at most, 1 or more
 * @param firstDelay wait before the second attempt; doubled before each further one
 * @param longestDelay what the doubling ends at
 */
public record RetryPolicy(int attempts, Duration firstDelay, Duration longestDelay) {

    /** Five attempts, waiting 0.1 s, 0.2 s, 0.4 s and 0.8 s between them. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(5));

    /**
     * @throws IllegalArgumentException if there is no attempt
     */
    public RetryPolicy {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts must be 1 or more, not " + attempts);
        }
    }

    Duration delayAfter(int failures) {
        Duration delay = firstDelay.multipliedBy(1L << Math.min(failures - 1, 20));
        return delay.compareTo(longestDelay) < 0 ? delay : longestDelay;
    }
}
