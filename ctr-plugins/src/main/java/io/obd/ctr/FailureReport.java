package io.obd.ctr;

import io.obd.ctr.pull.PullException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says what went wrong and what to do about it; with {@code --debug} also where. */
final class FailureReport implements IExecutionExceptionHandler {
    private static final int FAILED = 1;

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, @Nullable ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println("ctr: " + failure.getMessage());
        if (failure instanceof PullException explained && explained.hint() != null) {
            err.println("  " + explained.hint());
        }
        for (Throwable also : failure.getSuppressed()) {
            if (also instanceof PullException) {
                err.println("  also: " + also.getMessage());
            }
        }
        Object root = command.getParent() == null
                ? command.getCommand()
                : command.getParent().getCommand();
        if (root instanceof Ctr ctr && ctr.flags().debug()) {
            failure.printStackTrace(err);
        }
        err.flush();
        return FAILED;
    }
}
