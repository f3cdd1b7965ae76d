package io.obd.fuse;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The log of requests that failed. A reader that tries again and again must not fill the disk: of many failures at once
 * the first are written, the others counted.
 */
public final class FailureLog {
    private static final int LINES = 20;
    private static final Duration WINDOW = Duration.ofSeconds(10);

    private final Logger log;
    private long windowStart;
    private int failures;

    /** @param log where the lines go */
    public FailureLog(Logger log) {
        this.log = log;
        this.windowStart = System.nanoTime();
    }

    /** Notes one failure, with the stack trace if it is a defect of the server. */
    public void note(String request, String reason, @Nullable Throwable defect) {
        if (mayWrite(System.nanoTime())) {
            log.error("{}: {}", request, reason, defect);
        }
    }

    synchronized boolean mayWrite(long now) {
        if (now - windowStart > WINDOW.toNanos()) {
            if (failures > LINES) {
                log.error("{} more requests failed in a short time and were not listed", failures - LINES);
            }
            windowStart = now;
            failures = 0;
        }
        failures++;
        return failures <= LINES;
    }
}
