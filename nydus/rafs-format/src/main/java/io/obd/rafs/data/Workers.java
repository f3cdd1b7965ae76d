package io.obd.rafs.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Threads that do parts of the work on a blob, beside the one that uses its writer. */
final class Workers implements Closeable {
    private static final long PATIENCE = 60;

    private final String name;
    private final ExecutorService threads;

    /** @param name of the threads, before their number */
    Workers(String name, int count) {
        this.name = name;
        this.threads = Executors.newFixedThreadPool(
                count, Thread.ofPlatform().name(name + "-", 0).daemon().factory());
    }

    <T> Future<T> submit(Callable<T> work) {
        return threads.submit(work);
    }

    /** The result of work, once it is there; fails as the work did. */
    static <T> T await(Future<T> work) throws IOException {
        try {
            return work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a blob was written");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException("a part of a blob cannot be made", e);
        }
    }

    /** Ends the threads; what is under way is lost. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(PATIENCE, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the threads " + name + " do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
