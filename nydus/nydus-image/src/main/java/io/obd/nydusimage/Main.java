package io.obd.nydusimage;

import io.obd.commandline.RefusedCommand;
import io.obd.commandline.Subcommands;
import io.obd.linux.FileNodes;
import io.obd.linux.ProcessEnd;
import io.obd.linux.Reason;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParseResult;

/** The {@code nydus-image} command: exit code 0 done, 1 failed, 2 wrong use. */
public final class Main {
    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        // Binding the C library takes as long as all that comes before it is needed.
        Thread.ofPlatform().name("bind").daemon().start(FileNodes::new);
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        ProcessEnd.exit(run(out, new PrintWriter(System.err, true, StandardCharsets.UTF_8), args));
    }

    /** Runs the command with these streams. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return run(System.in, out, err, args);
    }

    /** The same with another standard input. */
    static int run(InputStream in, PrintWriter out, PrintWriter err, String... args) {
        CommandLine command = new Subcommands()
                .with("create", () -> new Create(in))
                .with("check", () -> new Check(places()))
                .with("compact", () -> new Compact(places()))
                .with("export", () -> new Export(places()))
                .with("inspect", () -> new Inspect(in))
                .with("merge", () -> new Merge(in))
                .with("optimize", () -> new Optimize(places()))
                .with("stat", Stat::new)
                .with("unpack", () -> new Unpack(places()))
                .with("chunkdict", RefusedCommand::new)
                .addTo(new CommandLine(new NydusImage()), args)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler(Main::failure);
        int code = command.execute(args);
        if (out.checkError() && code == ExitCode.OK) {
            err.println("nydus-image: standard output cannot be written");
            return ExitCode.SOFTWARE;
        }
        return code;
    }

    /** Made for the commands that have a use for them: reading configurations takes some preparation. */
    private static BlobPlaces places() {
        return new BlobPlaces(System.getenv());
    }

    private static int failure(Exception e, CommandLine command, ParseResult arguments) {
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + Reason.ofCommand(e));
        return ExitCode.SOFTWARE;
    }
}
