package io.obd.tools;

import io.obd.lsmt.WritableLayer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a writable layer. */
@Command(name = "overlaybd-create", sortOptions = false, description = "Creates a writable layer.")
final class Create implements Callable<Integer> {
    private static final long GB = 1L << 30;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "data_file", description = "data file, must not exist")
    private Path data = Path.of("");

    @Parameters(index = "1", paramLabel = "index_file", description = "index file, must not exist")
    private Path index = Path.of("");

    @Parameters(
            index = "2",
            paramLabel = "vsize",
            description = "size of the device in GB; 0: that of the layers below")
    private long vsize;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    @Override
    public Integer call() throws IOException {
        WritableLayer.create(WritableLayer.Kind.LOG, data, index, vsize * GB, new UUID(0, 0))
                .close();
        spec.commandLine().getOut().println("overlaybd-create has created files SUCCESSFULLY");
        return ExitCode.OK;
    }
}
