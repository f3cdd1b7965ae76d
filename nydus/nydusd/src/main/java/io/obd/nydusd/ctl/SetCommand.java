package io.obd.nydusd.ctl;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code nydusctl set log-level LEVEL}. */
@Command(name = "set", mixinStandardHelpOptions = true, description = "Changes a running daemon.")
final class SetCommand implements Callable<Integer> {
    private static final String LOG_LEVEL = "log-level";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Nydusctl nydusctl;

    @Parameters(index = "0", paramLabel = "KIND", description = "what to change: " + LOG_LEVEL)
    private String kind = "";

    @Parameters(index = "1", paramLabel = "VALUE", description = "trace, debug, info, warn, error")
    private String value = "";

    @Override
    public Integer call() throws IOException {
        if (!kind.equals(LOG_LEVEL)) {
            throw new ParameterException(spec.commandLine(), "'" + kind + "' cannot be set, only " + LOG_LEVEL);
        }
        nydusctl.api().put("/api/v1/daemon", Map.of("log_level", value));
        return 0;
    }
}
