package io.obd.convert;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Turns the end of the process from outside (Ctrl-C, SIGTERM) into a cancellation, and holds the process until what
 * was begun is cleaned up.
 */
public final class Interruption implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Cancellation cancellation;
    private final WorkDirectory directory;
    private final Logger log;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stop, "interruption");

    private Interruption(Cancellation cancellation, WorkDirectory directory, Logger log) {
        this.cancellation = cancellation;
        this.directory = directory;
        this.log = log;
    }

    /**
     * Has the end of the process handled from now on.
     *
     * @param directory removed in any case, also if the work does not stop in time
     */
    public static Interruption handle(Cancellation cancellation, WorkDirectory directory, Logger log) {
        Interruption interruption = new Interruption(cancellation, directory, log);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    private void stop() {
        log.error("interrupted: cleaning up");
        cancellation.cancel(new CancellationException("interrupted"));
        try {
            if (!over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                directory.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.error("the working directory could not be removed: {}", e.toString());
        }
    }

    /** Removes the directory: the work is over, whichever way. */
    @Override
    public void close() throws IOException {
        try {
            directory.close();
        } finally {
            over.countDown();
            forget();
        }
    }

    private void forget() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook is what woke us.
        }
    }
}
