package io.obd.ctr.attach;

import io.obd.commandline.Version;
import io.obd.ctr.HelpFlag;
import io.obd.linux.ProcessEnd;
import io.obd.linux.Reason;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;

/** The {@code overlaybd-attacher} command: exit code 0 done, 1 failed, 2 wrong use. */
public final class Main {
    private static final Logger LOG = Logger.getLogger(Main.class.getName());

    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        ProcessEnd.exit(commandLine(new Attacher()).execute(args));
    }

    static CommandLine commandLine(Attacher attacher) {
        CommandLine line = Version.addTo(new CommandLine(attacher)).addMixin("help", new HelpFlag());
        line.getSubcommands().values().forEach(command -> command.addMixin("help", new HelpFlag()));
        return line.setExecutionExceptionHandler((failure, command, parsed) -> {
            LOG.log(Level.SEVERE, "{0}", Reason.ofCommand(failure));
            return CommandLine.ExitCode.SOFTWARE;
        });
    }
}
