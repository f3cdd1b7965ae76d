package io.obd.nydusify;

import io.obd.commandline.RefusedCommand;
import io.obd.linux.ProcessEnd;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/** The {@code nydusify} command: exit code 0 done, 1 failed, 2 wrong use, 130 interrupted. */
public final class Main {
    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        ProcessEnd.exit(run(System.getenv(), args));
    }

    static int run(Map<String, String> environment, String... args) {
        return new CommandLine(new Nydusify())
                .addSubcommand(new ConvertCommand())
                .addSubcommand(new CheckCommand())
                .addSubcommand(new MountCommand())
                .addSubcommand(new CopyCommand())
                .addSubcommand("build", new RefusedCommand())
                .addSubcommand("commit", new RefusedCommand())
                .addSubcommand("optimize", new RefusedCommand())
                .addSubcommand("chunkdict", new RefusedCommand())
                .setDefaultValueProvider(new EnvironmentDefaults(environment))
                .setParameterExceptionHandler(Main::wrongUse)
                .execute(args);
    }

    private static int wrongUse(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println(e.getMessage());
        err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }
}
