package io.obd.ctr;

import io.obd.commandline.GoBoolean;
import io.obd.commandline.Subcommands;
import io.obd.linux.ProcessEnd;
import picocli.CommandLine;

/**
 * {@code ctr} with the overlaybd commands. What is not one of them never comes here: the launcher hands it to containerd's
 * ctr.
 */
public final class Main {
    private Main() {}

    /** Exits with 0, 1 when the command failed, or 2 when it was called wrongly. */
    public static void main(String[] args) {
        NoTls.makeDefault();
        ProcessEnd.exit(commandLine(args).execute(args));
    }

    /** Reads command lines that have these words. */
    static CommandLine commandLine(String... words) {
        CommandLine command = new Subcommands()
                .with("rpull", () -> withHelp(new Rpull()))
                .with("obdconv", () -> withHelp(new Obdconv()))
                // The flags of a recorded command are its own.
                .with("record-trace", () -> withHelp(new RecordTrace()).setStopAtPositional(true))
                .addTo(new CommandLine(new Ctr()), words)
                .setExecutionExceptionHandler(new FailureReport());
        return GoBoolean.addTo(command);
    }

    private static CommandLine withHelp(Object command) {
        return new CommandLine(command).addMixin("help", new HelpFlag());
    }
}
