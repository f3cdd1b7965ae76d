package io.obd.nydusd.ctl;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.commandline.Version;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line of nydusctl. */
@Command(
        name = "nydusctl",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        version = Version.TEXT,
        description = "Asks a running nydusd.",
        subcommands = {
            InfoCommand.class,
            SetCommand.class,
            MetricsCommand.class,
            MountCommand.class,
            UmountCommand.class,
        })
final class Nydusctl implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = {"-S", "--sock"},
            required = true,
            description = "unix socket of the daemon's API (its --apisock)")
    private Path socket = Path.of("");

    @Option(
            names = {"-r", "--raw"},
            scope = ScopeType.INHERIT,
            description = "print JSON in one line, as the daemon sent it")
    private boolean raw;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    DaemonApi api() {
        return new DaemonApi(socket);
    }

    /** Whether answers are shown as they come. */
    boolean isRaw() {
        return raw;
    }

    /** @param summary how it is shown to a person */
    void print(JsonNode answer, Function<JsonNode, String> summary) {
        PrintWriter out = spec.commandLine().getOut();
        if (raw) {
            out.println(answer);
        } else {
            out.print(summary.apply(answer));
        }
        out.flush();
    }
}
