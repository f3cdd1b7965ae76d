package io.obd.ctr.pull;

import io.grpc.Context;

/** Runs what must happen even when the pull was broken off: outside its deadline and undisturbed by its interruption. */
final class Cleanup {
    /** Longest wait for one call that cleans up. */
    static final long SECONDS = 10;

    private Cleanup() {}

    /** One step of tidying. */
    interface Step {
        void run() throws PullException;
    }

    /** Runs {@code step} because of {@code failure}; if it fails as well, the first failure remembers that. */
    static void after(Throwable failure, Step step) {
        try {
            run(step);
        } catch (PullException e) {
            failure.addSuppressed(e);
        }
    }

    /** Runs {@code step}. */
    static void run(Step step) throws PullException {
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
