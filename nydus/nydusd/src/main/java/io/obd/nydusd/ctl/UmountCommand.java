package io.obd.nydusd.ctl;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code nydusctl umount}. */
@Command(name = "umount", mixinStandardHelpOptions = true, description = "Unmounts an image in a running daemon.")
final class UmountCommand implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Nydusctl nydusctl;

    @Option(
            names = {"-m", "--mountpoint"},
            required = true,
            description = "where it is below the daemon's mountpoint")
    private String mountPoint = "";

    @Override
    public Integer call() throws IOException {
        nydusctl.api().delete(DaemonApi.with("/api/v1/mount", "mountpoint", mountPoint));
        return 0;
    }
}
