package io.obd.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the tools have in common. A tool that cannot do what it was asked throws an exception with the reason. */
abstract class Tool implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--verbose", arity = "0..1", fallbackValue = "true", description = "debug log")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    @Override
    public final Integer call() throws IOException {
        if (verbose) {
            // Read by the log when the first logger is made.
            System.setProperty("tinylog.level", "debug");
        }
        run();
        return ExitCode.OK;
    }

    /** Does the tool's work. Runs on a platform thread, as file systems need it. */
    abstract void run() throws IOException;

    /** The exit code of a run that failed. */
    int failureCode() {
        return ExitCode.FAILED;
    }

    /** Writes a line of the result. */
    final void print(String line) {
        spec.commandLine().getOut().println(line);
    }

    /** Writes a line beside the result. */
    final void printError(String line) {
        spec.commandLine().getErr().println(line);
    }

    /** An argument that has to be there for what was asked. */
    final Path required(String name, @Nullable Path value) {
        if (value == null) {
            throw new WrongArgument(spec.commandLine(), ExitCode.REQUIRED, name + " is required");
        }
        return value;
    }

    /** An argument that has to be there and to name something that exists and can be read. */
    final Path existing(String name, @Nullable Path value) {
        Path path = required(name, value);
        if (path.toString().isEmpty() || !Files.exists(path)) {
            throw invalid(name + ": File does not exist: " + path);
        }
        if (Files.isDirectory(path)) {
            throw invalid(name + ": File is a directory: " + path);
        }
        return path;
    }

    /** An argument too many for what was asked. */
    final void unexpected(@Nullable Path value) {
        if (value != null) {
            throw new WrongArgument(
                    spec.commandLine(), ExitCode.EXTRA, "The following argument was not expected: " + value);
        }
    }

    /** A value that makes no sense. */
    final WrongArgument invalid(String problem) {
        return new WrongArgument(spec.commandLine(), ExitCode.VALIDATION, problem);
    }
}
