package io.obd.ctr.client;

import io.grpc.Context;

/** Runs what must happen even when the pull was broken off: outside its deadline and undisturbed by its interruption. */
public final class Cleanup {
    /** Longest wait for one call that cleans up. */
    public static final long SECONDS = 10;

    private Cleanup() {}

    /** One step of tidying. */
    public interface Step {
        void run() throws CtrException;
    }

    /** Runs {@code step} because of {@code failure}; if it fails as well, the first failure remembers that. */
    public static void after(Throwable failure, Step step) {
        try {
            run(step);
        } catch (CtrException e) {
            failure.addSuppressed(e);
        }
    }

    /** Runs {@code step}. */
    public static void run(Step step) throws CtrException {
        boolean interrupted = Thread.interrupted();
        Context pull = Context.ROOT.attach();
        try {
            step.run();
        } finally {
            Context.ROOT.detach(pull);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
