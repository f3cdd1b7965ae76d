package io.obd.tools.obd;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line before a subcommand's name. */
@Command(
        name = "obd",
        mixinStandardHelpOptions = true,
        description = "Shows what an overlaybd image holds, without attaching it.")
final class Obd implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "the name of a command is missing");
    }
}
