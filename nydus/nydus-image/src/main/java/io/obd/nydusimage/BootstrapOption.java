package io.obd.nydusimage;

import io.obd.rafs.Bootstrap;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The image a command is about: an argument, or an option of old. */
final class BootstrapOption {
    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Parameters(index = "0", arity = "0..1", paramLabel = "BOOTSTRAP", description = "the image's bootstrap")
    private @Nullable Path argument;

    @Option(
            names = {"-B", "--bootstrap"},
            description = "the same")
    private @Nullable Path option;

    /** The file that was named. */
    Path path() {
        if (argument != null && option != null) {
            throw new ParameterException(
                    command.commandLine(), "the bootstrap is given twice: " + argument + " and " + option);
        }
        Path path = argument == null ? option : argument;
        if (path == null) {
            throw new ParameterException(command.commandLine(), "the bootstrap is missing");
        }
        return path;
    }

    /** Reads it. */
    Bootstrap load() throws IOException {
        return Bootstrap.load(path());
    }
}
