package io.obd.nydusd.ctl;

import io.obd.linux.Reason;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** {@code nydusctl}. Exit code 1: the daemon did not do it, or could not be asked; 2: wrong use. */
public final class Main {
    private static final int FAILED = 1;

    private Main() {}

    /** Runs one command and ends the process. */
    public static void main(String[] args) {
        System.exit(run(writer(System.out), writer(System.err), args));
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new Nydusctl())
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((e, command, _) -> {
                    command.getErr().println("nydusctl: " + Reason.of(e));
                    return FAILED;
                })
                .execute(args);
    }
}
