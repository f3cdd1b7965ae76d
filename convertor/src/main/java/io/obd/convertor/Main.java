package io.obd.convertor;

import io.obd.commandline.Version;
import io.obd.linux.ProcessEnd;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The {@code convertor} command: exit code 0 done, 1 failed, 2 wrong use, 130 interrupted. */
public final class Main {
    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        ProcessEnd.exit(run(args));
    }

    static int run(String... args) {
        return Version.addTo(new CommandLine(new ConvertCommand()))
                // As the original has it, the last of several counts.
                .setOverwrittenOptionsAllowed(true)
                .registerConverter(boolean.class, Main::truth)
                .setParameterExceptionHandler(Main::wrongUse)
                .execute(args);
    }

    /** The forms that Go reads. */
    private static boolean truth(String text) {
        return switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw new TypeConversionException("'" + text + "' is not a boolean");
        };
    }

    private static int wrongUse(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println(e.getMessage());
        err.println("Try 'convertor --help'.");
        return ExitCode.USAGE;
    }
}
