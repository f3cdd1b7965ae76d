package io.obd.tcmu;

import java.io.Closeable;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Platform threads for calls into the kernel that may wait. On a virtual thread such a call would hold its carrier:
 * two of them would stop a daemon on two cores, and they may wait for this very daemon to serve a device.
 */
final class NativeThreads implements Closeable {
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("device-", 0).daemon().factory());

    interface Call<T> {
        T run() throws IOException;
    }

    interface Action {
        void run() throws IOException;
    }

    /** Runs an action and waits for it. */
    void run(Action action) throws IOException {
        call(() -> {
            action.run();
            return true;
        });
    }

    /** Runs a call and waits for it. */
    <T> T call(Call<T> call) throws IOException {
        Future<T> result = threads.submit(call::run);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true; // the kernel does what it was asked to: its result must not get lost
                } catch (ExecutionException e) {
                    throw rethrow(Objects.requireNonNull(e.getCause()));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException rethrow(Throwable cause) {
        if (cause instanceof RuntimeException e) {
            throw e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return cause instanceof IOException e ? e : new IOException(cause);
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
