package io.obd.tools.obd;

import io.obd.fs.ImageFsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all subcommands share. */
abstract class ImageCommand implements Callable<Integer> {
    static final String IMAGE = "a layer file, a config.v1.json, or an image in a registry (HOST/NAME[:TAG])";

    private final Map<String, String> environment;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private RegistryOptions registry = new RegistryOptions();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    ImageCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Does the work. */
    abstract int run(Images images) throws IOException;

    @Override
    public final Integer call() throws IOException {
        try (Images images = new Images(registry, environment)) {
            return run(images);
        } catch (ImageFsException e) {
            throw e.getCause() instanceof IOException
                    ? e
                    : new IOException(e.getMessage() + " (obd fsck tells whether the file system is damaged)", e);
        }
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** A line about something that does not end the command. */
    final void warn(String text) {
        err().println(spec.qualifiedName() + ": " + text);
    }

    final ParameterException usage(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
