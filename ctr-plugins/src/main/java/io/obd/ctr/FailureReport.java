package io.obd.ctr;

import io.obd.ctr.pull.PullException;
import io.obd.registry.RegistryException;
import java.io.IOException;
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
        boolean expected = failure instanceof PullException || failure instanceof IOException;
        err.println("ctr: " + (expected ? failure.getMessage() : "unexpected failure: " + failure));
        String hint = hint(failure);
        if (hint != null) {
            err.println("  " + hint);
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

    private static @Nullable String hint(Exception failure) {
        return switch (failure) {
            case PullException explained -> explained.hint();
            case RegistryException.NotFound notFound ->
                "check the image's name and tag; if it is private give --user, or log in with docker";
            case RegistryException.Unauthorized unauthorized ->
                "give the right --user USER:PASSWORD, or log in with docker";
            case RegistryException.Unreachable unreachable ->
                "see whether the registry runs; --plain-http is for one without TLS, --tlscacert for one with its own CA";
            default -> null;
        };
    }
}
