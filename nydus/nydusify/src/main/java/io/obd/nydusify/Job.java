package io.obd.nydusify;

import io.obd.convert.Cancellation;
import io.obd.linux.Reason;
import io.obd.registry.RetryPolicy;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ExitCode;

/**
 * What a command works with.
 *
 * @param cancellation stops everything when the process is to end
 */
record Job(Registries registries, Images images, Cancellation cancellation, Logger log) {
    private static final int INTERRUPTED = 130;

    /** What a command does. */
    interface Work {
        void run(Job job) throws IOException;
    }

    /**
     * Does the work and says why it failed, if it did.
     *
     * @param action what fails, in the log
     * @return exit code
     */
    static int run(String action, Work work) {
        return run(action, RetryPolicy.DEFAULT, work);
    }

    /**
     * Does the work and says why it failed, if it did.
     *
     * @param action what fails, in the log
     * @param retries how often requests are sent again
     * @return exit code
     */
    static int run(String action, RetryPolicy retries, Work work) {
        // Made here, when the options that it depends on are read.
        Logger log = LoggerFactory.getLogger("nydusify");
        Cancellation cancellation = new Cancellation();
        try (Registries registries = new Registries(retries);
                Images images = new Images(registries)) {
            cancellation.closeOnCancel(registries::abort);
            work.run(new Job(registries, images, cancellation, log));
            return ExitCode.OK;
        } catch (CancellationException e) {
            return INTERRUPTED;
        } catch (IOException e) {
            log.error("failed to {}: {}", action, Reason.of(e));
            log.debug("the error in full", e);
            return ExitCode.SOFTWARE;
        }
    }
}
