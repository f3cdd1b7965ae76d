package io.obd.convertor;

import io.obd.commandline.GoBoolean;
import io.obd.commandline.Version;
import io.obd.linux.ProcessEnd;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/** The {@code convertor} command: exit code 0 done, 1 failed, 2 wrong use, 130 interrupted. */
public final class Main {
    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        ProcessEnd.exit(run(args));
    }

    static int run(String... args) {
        return GoBoolean.addTo(Version.addTo(new CommandLine(new ConvertCommand())))
                // As the original has it, the last of several counts.
                .setOverwrittenOptionsAllowed(true)
                .setParameterExceptionHandler(Main::wrongUse)
                .execute(args);
    }

    private static int wrongUse(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println(e.getMessage());
        err.println("Try 'convertor --help'.");
        return ExitCode.USAGE;
    }
}
