package io.obd.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/** Waiting for a condition, never longer than a limit. */
final class Await {
    private static final Duration INTERVAL = Duration.ofMillis(20);

    private Await() {}

    /** Something that becomes true. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /**
     * Returns as soon as the condition holds.
     *
     * @param what is waited for, as in "waited 10 s for ..."
     * @param details added to the message when it does not come
     * @throws StackException when the limit has passed
     */
    static void until(String what, Duration limit, Condition condition, Supplier<String> details)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new StackException("waited " + limit.toSeconds() + " s for " + what + details.get());
            }
            Thread.sleep(INTERVAL);
        }
    }

    static void until(String what, Duration limit, Condition condition) throws IOException, InterruptedException {
        until(what, limit, condition, () -> "");
    }
}
