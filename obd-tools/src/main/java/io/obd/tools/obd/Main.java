package io.obd.tools.obd;

import picocli.CommandLine;

/** The {@code obd} command: exit code 0 done, 1 failed, 2 wrong use. */
public final class Main {
    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Obd()).execute(args));
    }
}
