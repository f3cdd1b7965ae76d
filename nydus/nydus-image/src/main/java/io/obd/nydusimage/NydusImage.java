package io.obd.nydusimage;

import io.obd.commandline.MissingCommandException;
import io.obd.commandline.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line before a subcommand's name. */
@Command(
        name = "nydus-image",
        version = Version.TEXT,
        description = "Builds nydus images (RAFS v5 and v6), looks into them, unpacks them and writes them as disks.")
final class NydusImage implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "show the version")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean version;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    @Option(
            names = {"-l", "--log-level"},
            scope = ScopeType.INHERIT,
            description = "trace, debug, info, warn or error; what was built is said at info")
    private Level logLevel = Level.INFO;

    @Option(
            names = {"-L", "--log-file"},
            scope = ScopeType.INHERIT,
            description = "file for what is said, instead of standard output")
    private @Nullable Path logFile;

    /** How much is said. */
    enum Level {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR
    }

    /**
     * Says something that is good to know.
     *
     * @throws IOException if the log file cannot be written
     */
    void inform(String text) throws IOException {
        if (logLevel.compareTo(Level.INFO) > 0) {
            return;
        }
        if (logFile == null) {
            spec.commandLine().getOut().println(text);
        } else {
            Files.writeString(logFile, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    @Override
    public void run() {
        throw new MissingCommandException(spec);
    }
}
