package io.obd.nydusd.ctl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code nydusctl mount}. */
@Command(name = "mount", mixinStandardHelpOptions = true, description = "Mounts an image in a running daemon.")
final class MountCommand implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Nydusctl nydusctl;

    @Option(
            names = {"-s", "--source"},
            required = true,
            description = "bootstrap of the image, as the daemon sees it")
    private String source = "";

    @Option(
            names = {"-c", "--config"},
            required = true,
            description = "configuration of the image, a file that is read here")
    private Path config = Path.of("");

    @Option(
            names = {"-m", "--mountpoint"},
            required = true,
            description = "where it is below the daemon's mountpoint")
    private String mountPoint = "";

    @Option(
            names = {"-t", "--type"},
            required = true,
            description = "kind of file system: rafs")
    private String type = "";

    @Override
    public Integer call() throws IOException {
        nydusctl.api()
                .post(
                        DaemonApi.with("/api/v1/mount", "mountpoint", mountPoint),
                        Map.of("source", source, "fs_type", type, "config", Files.readString(config)));
        return 0;
    }
}
