package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

/** Waits for what has to come. */
public final class Await {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final Duration PAUSE = Duration.ofMillis(10);

    private Await() {}

    /** Something that becomes so. */
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Returns when it is so; fails if it is not after a time that is long for any machine. */
    public static void that(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(PAUSE);
        }
    }
}
