package io.obd.tools.obd;

import io.obd.commandline.Subcommands;
import io.obd.commandline.Version;
import io.obd.linux.ProcessEnd;
import io.obd.linux.Reason;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code obd} command: exit code 0 done, 1 failed, 2 wrong use; {@code diff} and {@code fsck} fail with 2. */
public final class Main {
    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        PrintStream out = System.out;
        ProcessEnd.exit(run(out, new PrintWriter(System.err, true, StandardCharsets.UTF_8), System.getenv(), args));
    }

    /** Runs the command with these streams. */
    static int run(OutputStream stdout, PrintWriter err, Map<String, String> environment, String... args) {
        PrintWriter out = new PrintWriter(stdout, false, StandardCharsets.UTF_8);
        CommandLine command = new Subcommands()
                .with("inspect", () -> new Inspect(environment))
                .with("fsck", () -> new Fsck(environment))
                .with("ls", () -> new Ls(environment))
                .with("cat", () -> new Cat(environment, stdout))
                .with("cp", () -> new Cp(environment))
                .with("diff", () -> new Diff(environment))
                .with("export", () -> new Export(environment, stdout))
                .with("cache", Cache::new)
                .with("status", Status::new)
                .addTo(Version.addTo(new CommandLine(new Obd())), args);
        command.setOut(out)
                .setErr(err)
                .setParameterExceptionHandler(Main::wrongUse)
                .setExecutionExceptionHandler(Main::failure);
        int code = execute(command, args, err);
        if (out.checkError() && code == ExitCode.OK) {
            err.println("obd: standard output cannot be written");
            return ExitCode.SOFTWARE;
        }
        return code;
    }

    private static int execute(CommandLine command, String[] args, PrintWriter err) {
        try {
            return command.execute(args);
        } catch (OutOfMemoryError e) {
            err.println("obd: not enough memory for this image: set OVERLAYBD_JAVA_OPTS=-Xmx2g");
            return ExitCode.SOFTWARE;
        }
    }

    private static int wrongUse(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("obd: " + problem(e));
        err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    private static String problem(ParameterException e) {
        boolean noCommand =
                e instanceof UnmatchedArgumentException && e.getCommandLine().getCommand() instanceof Obd;
        return noCommand
                ? "there is no command "
                        + ((UnmatchedArgumentException) e).getUnmatched().getFirst()
                : String.valueOf(e.getMessage());
    }

    private static int failure(Exception e, CommandLine command, ParseResult arguments) {
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + Reason.ofCommand(e));
        return command.getCommandSpec().exitCodeOnExecutionException();
    }
}
