package io.obd.nydusify;

import io.obd.commandline.RefusedCommand;
import io.obd.commandline.Subcommands;
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
        return new Subcommands()
                .with("convert", ConvertCommand::new)
                .with("check", CheckCommand::new)
                .with("mount", MountCommand::new)
                .with("copy", CopyCommand::new)
                .with("build", RefusedCommand::new)
                .with("commit", RefusedCommand::new)
                .with("optimize", RefusedCommand::new)
                .with("chunkdict", RefusedCommand::new)
                .addTo(new CommandLine(new Nydusify()), args)
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
