package io.obd.registry;

import java.time.Duration;

/** The moment at which an operation with all its attempts has to be over. */
record Deadline(long nanoTime) {

    /** For transfers of any length, which only silence ends. */
    static Deadline none() {
        return after(Duration.ofDays(365));
    }

    static Deadline after(Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    /** An earlier one, that leaves as much time to each of {@code n} that take turns. */
    Deadline share(int n) {
        return n == 1 ? this : after(left().dividedBy(n));
    }

    /** What is left of it; negative when it has passed. */
    Duration left() {
        return Duration.ofNanos(nanoTime - System.nanoTime());
    }
}
