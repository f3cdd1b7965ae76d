package io.obd.ctr;

import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Context.CancellationListener;
import io.obd.ctr.client.CtrException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Watches over a piece of work: breaks it off when its time is up or the process is told to end, and gives it the time to
 * tidy up. Breaking off cancels the gRPC calls that are under way and interrupts the thread.
 */
final class Watch {
    /** What tidying up may take before the process ends regardless. */
    private static final long GRACE_SECONDS = 15;

    private final Duration timeout;
    private final boolean endsWithProcess;

    /** @param timeout zero is no limit */
    Watch(Duration timeout) {
        this(timeout, true);
    }

    private Watch(Duration timeout, boolean endsWithProcess) {
        this.timeout = timeout;
        this.endsWithProcess = endsWithProcess;
    }

    /** Looks at the time only: what the process is told is somebody else's matter. */
    static Watch ofTime(Duration timeout) {
        return new Watch(timeout, false);
    }

    /** What is watched over. */
    interface Work {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Runs {@code work} on this thread.
     *
     * @throws CtrException what the work threw, or why it was broken off
     */
    void over(Work work) throws IOException {
        CancellableContext context = Context.current().withCancellation();
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(() -> stop(context, ended), "shutdown");
        Thread clock = Thread.ofVirtual().name("timeout").unstarted(() -> expire(context));
        Interruption interruption = new Interruption(Thread.currentThread());
        context.addListener(interruption, Runnable::run);
        if (endsWithProcess) {
            Runtime.getRuntime().addShutdownHook(hook);
        }
        if (!timeout.isZero()) {
            clock.start();
        }
        Context outer = context.attach();
        try {
            work.run();
        } catch (IOException e) {
            throwReason(context, e);
            throw e;
        } catch (InterruptedException e) {
            throwReason(context, e);
            throw new CtrException("interrupted", null, e);
        } finally {
            context.detach(outer);
            context.removeListener(interruption);
            interruption.end();
            clock.interrupt();
            ended.countDown();
            forget(hook);
        }
    }

    private void expire(CancellableContext context) {
        try {
            Thread.sleep(timeout);
            context.cancel(
                    new CtrException("not finished within the " + timeout.toMillis() / 1000.0 + " s of --timeout"));
        } catch (InterruptedException e) {
            // finished in time
        }
    }

    private static void stop(CancellableContext context, CountDownLatch ended) {
        context.cancel(new CtrException("interrupted"));
        try {
            if (!ended.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("ctr: could not tidy up within " + GRACE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void throwReason(CancellableContext context, Exception consequence) throws CtrException {
        if (context.cancellationCause() instanceof CtrException reason) {
            reason.addSuppressed(consequence);
            throw reason;
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // it is running: that is why we are here
        }
    }

    /** Interrupts the working thread, but not what it does afterwards. */
    private static final class Interruption implements CancellationListener {
        private final Thread worker;
        private boolean over;

        Interruption(Thread worker) {
            this.worker = worker;
        }

        @Override
        public synchronized void cancelled(Context context) {
            if (!over) {
                worker.interrupt();
            }
        }

        /** Called by the worker. */
        synchronized void end() {
            over = true;
            Thread.interrupted();
        }
    }
}
