package io.obd.ctr.pull;

import io.grpc.Context;
import io.obd.ctr.client.CtrException;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/**
 * A part of a pull that runs beside the others, within the same deadline.
 *
 * @param <T> what it yields
 */
final class Task<T> {
    private final FutureTask<T> work;

    private Task(FutureTask<T> work) {
        this.work = work;
    }

    /** Hands {@code work} to {@code threads}. */
    static <T> Task<T> start(Executor threads, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(Context.current().wrap(work));
        threads.execute(task);
        return new Task<>(task);
    }

    /** Waits for the end, and fails as the work did. */
    T join() throws IOException, InterruptedException {
        try {
            return work.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CtrException failure -> throw failure;
                case IOException failure -> throw failure;
                case InterruptedException failure -> throw failure;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
