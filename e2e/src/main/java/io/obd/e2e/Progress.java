package io.obd.e2e;

import java.io.PrintStream;
import java.time.Duration;

/** Says what is being done, with the time since the start. */
final class Progress {
    private final PrintStream out;
    private final long start = System.nanoTime();

    Progress(PrintStream out) {
        this.out = out;
    }

    void step(String what) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        out.printf("[%2d:%02d] %s%n", elapsed.toMinutes(), elapsed.toSecondsPart(), what);
        out.flush();
    }
}
