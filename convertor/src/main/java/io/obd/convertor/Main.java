package io.obd.convertor;

import java.io.PrintWriter;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code convertor} command: exit code 0 done, 1 failed, 2 wrong use, 130 interrupted. */
public final class Main {
    /** Flags of the original that nothing stands behind yet. */
    private static final Set<String> NOT_YET = Set.of("--mkfs");

    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        return new CommandLine(new ConvertCommand())
                .setParameterExceptionHandler(Main::wrongUse)
                .execute(args);
    }

    private static int wrongUse(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println(text(e));
        err.println("Try 'convertor --help'.");
        return ExitCode.USAGE;
    }

    private static String text(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            for (String argument : unmatched.getUnmatched()) {
                String flag = argument.split("=", 2)[0];
                if (NOT_YET.contains(flag)) {
                    return flag + " is not supported by this version of convertor";
                }
            }
        }
        return String.valueOf(e.getMessage());
    }
}
