package io.obd.ctr;

import io.obd.convert.ConversionException;
import io.obd.ctr.client.CtrException;
import io.obd.linux.Reason;
import io.obd.registry.RegistryException;
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
        err.println("ctr: " + Reason.ofCommand(failure));
        String hint = hint(reason(failure));
        if (hint != null) {
            err.println("  " + hint);
        }
        for (Throwable also : failure.getSuppressed()) {
            if (also instanceof CtrException) {
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

    /** A stage that failed is told first; what to do about it, its cause knows. */
    private static Exception reason(Exception failure) {
        return failure instanceof ConversionException && failure.getCause() instanceof Exception cause
                ? reason(cause)
                : failure;
    }

    private static @Nullable String hint(Exception failure) {
        return switch (failure) {
            case CtrException explained -> explained.hint();
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
