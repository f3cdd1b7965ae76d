package io.obd.ctr;

import static java.util.Objects.requireNonNull;

import picocli.CommandLine;

/**
 * {@code ctr} with the overlaybd commands. What is not one of them never comes here: the launcher hands it to containerd's
 * ctr.
 */
public final class Main {
    private Main() {}

    /** Exits with 0, 1 when the command failed, or 2 when it was called wrongly. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Ctr()).setExecutionExceptionHandler(new FailureReport());
        // The flags of the recorded command are its own.
        requireNonNull(line.getSubcommands().get("record-trace")).setStopAtPositional(true);
        return line;
    }
}
