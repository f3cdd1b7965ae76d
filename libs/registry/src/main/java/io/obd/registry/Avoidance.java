package io.obd.registry;

import java.time.Duration;

/** Remembers a failure for a while, so that not every request waits for a host that is down. */
final class Avoidance {
    private static final Duration SPAN = Duration.ofSeconds(30);

    private volatile Deadline until = Deadline.after(Duration.ZERO);

    boolean isOn() {
        return until.left().isPositive();
    }

    void begin() {
        until = Deadline.after(SPAN);
    }
}
