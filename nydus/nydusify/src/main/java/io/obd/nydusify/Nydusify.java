package io.obd.nydusify;

import io.obd.commandline.MissingCommandException;
import io.obd.commandline.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line before a subcommand's name. */
@Command(
        name = "nydusify",
        version = Version.TEXT,
        description = "Makes nydus images of OCI and Docker images, checks and copies them.")
final class Nydusify implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = {"-D", "--debug"},
            scope = ScopeType.INHERIT,
            arity = "0..1",
            fallbackValue = "true",
            description = "debug log, as --log-level debug")
    void debug(boolean wanted) {
        if (wanted) {
            LogLevel.DEBUG.set();
        }
    }

    @Option(
            names = {"-l", "--log-level"},
            scope = ScopeType.INHERIT,
            paramLabel = "LEVEL",
            description = "panic, fatal, error, warn, info, debug or trace (default: info)")
    void level(LogLevel level) {
        level.set();
    }

    @Option(
            names = "--log-file",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "log to this file, not to standard error")
    void logFile(String file) {
        // Read by the log when the first logger is made.
        System.setProperty("tinylog.writer", "logfmt file");
        System.setProperty("tinylog.writer.file", file);
    }

    @Option(
            names = {"-v", "--version"},
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

    @Override
    public void run() {
        throw new MissingCommandException(spec);
    }
}
