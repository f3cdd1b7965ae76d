package io.obd.ctr.trace;

import io.obd.linux.ProcessEnd;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns the end of the process from outside (Ctrl-C, SIGTERM) into a request to stop recording, and holds the process
 * until what was recorded is an image. The process ends with the exit code of that work then.
 */
public final class StopRequest implements AutoCloseable {
    private final Duration patience;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stop, "stop");
    private volatile boolean requested;
    private volatile int exitCode = 1;

    private StopRequest(Duration patience) {
        this.patience = patience;
    }

    /** @param patience how long the work may go on after it was asked to stop */
    public static StopRequest handle(Duration patience) {
        StopRequest request = new StopRequest(patience);
        Runtime.getRuntime().addShutdownHook(request.hook);
        return request;
    }

    boolean isRequested() {
        return requested;
    }

    private void stop() {
        requested = true;
        try {
            if (!over.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("ctr: could not end within " + patience.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ProcessEnd.halt(exitCode);
    }

    /** The work has done what it was there for. */
    public void succeeded() {
        exitCode = 0;
    }

    /** The work is over, whichever way. */
    @Override
    public void close() {
        over.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // it is running: that is why we are here
        }
    }
}
