package io.obd.linux;

import java.io.InterruptedIOException;
import java.time.Duration;

/** Time between two looks at the kernel. */
final class Pause {
    private Pause() {}

    static void of(Duration pause) throws InterruptedIOException {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the kernel");
        }
    }
}
