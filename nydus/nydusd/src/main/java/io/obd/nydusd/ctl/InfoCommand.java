package io.obd.nydusd.ctl;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code nydusctl info}. */
@Command(name = "info", mixinStandardHelpOptions = true, description = "Shows the daemon's version, state and images.")
final class InfoCommand implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Nydusctl nydusctl;

    @Override
    public Integer call() throws IOException {
        nydusctl.print(nydusctl.api().get("/api/v1/daemon"), Summary::info);
        return 0;
    }
}
