package io.obd.linux;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A call into the kernel that may not come back, because it waits for another process: made on a thread of its own and
 * waited for only so long. The thread of a call that was given up stays until the kernel lets it go.
 */
final class LimitedCall {
    interface Action {
        void run() throws IOException;
    }

    /** The time was up. The call may still come to its end, whenever the other process does its part. */
    static final class TimedOut extends IOException {
        TimedOut(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private LimitedCall() {}

    /**
     * Makes a call.
     *
     * @param reason why it may not come back, for the error text
     * @throws TimedOut if its time was up
     * @throws IOException what the call throws
     */
    static void run(String name, Duration limit, String reason, Action action) throws IOException {
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            action.run();
            return true;
        });
        Thread.ofPlatform().name(name).daemon().start(task);
        try {
            task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new TimedOut(name + " did not return within " + limit.toSeconds() + " s: " + reason, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(name + ": interrupted", e);
        } catch (ExecutionException e) {
            switch (Objects.requireNonNull(e.getCause())) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case Throwable cause -> throw new IOException(name, cause);
            }
        }
    }
}
