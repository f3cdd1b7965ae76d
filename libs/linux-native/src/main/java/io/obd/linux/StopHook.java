package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Has a daemon closed when a signal ends the process. It is there before the daemon starts: a signal in the middle of the
 * start waits for its end, and leaves no mount that nobody serves.
 *
 * @param <D> the daemon
 */
public final class StopHook<D extends Closeable> {
    private final CompletableFuture<D> daemon = new CompletableFuture<>();

    private StopHook() {}

    /**
     * Sets the hook. The process ends with 0 when the daemon is closed: one that was told to stop and did has succeeded, and
     * the JVM would report the signal.
     *
     * @param failed gets what went wrong while the daemon was closed
     */
    public static <D extends Closeable> StopHook<D> set(Consumer<Exception> failed) {
        StopHook<D> hook = new StopHook<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> hook.stop(failed), "stop"));
        return hook;
    }

    /** Starts a daemon. */
    public interface Start<D> {
        D start() throws IOException;
    }

    /** Starts the daemon, which is closed at the end of the process from now on. One that cannot start is nobody's to close. */
    public D start(Start<D> start) throws IOException {
        try {
            D started = start.start();
            daemon.complete(started);
            return started;
        } finally {
            daemon.cancel(false); // does nothing to one that is there
        }
    }

    private void stop(Consumer<Exception> failed) {
        D started;
        try {
            started = daemon.join();
        } catch (CancellationException e) {
            return; // it could not start, and has said why
        }
        try {
            started.close();
        } catch (IOException | RuntimeException e) {
            failed.accept(e);
        }
        ProcessEnd.halt(0);
    }
}
