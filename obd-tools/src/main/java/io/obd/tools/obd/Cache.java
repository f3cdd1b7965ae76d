package io.obd.tools.obd;

import io.obd.image.CachedBlobInfo;
import io.obd.image.ControlClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The cache of remote blobs of a backend that runs. */
@Command(
        name = "cache",
        sortOptions = false,
        description = "Shows (ls), checks (verify) or empties (gc) the backend's cache of remote blobs.")
final class Cache implements Runnable {
    private static final Duration LIMIT = Duration.ofMinutes(30);

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--socket",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "the backend's controlSocket (default: ${DEFAULT-VALUE})")
    private Path socket = ControlClient.DEFAULT_SOCKET;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "show this text")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "one of ls, verify and gc is missing");
    }

    @Command(
            name = "ls",
            description = "Lists the blobs of which something is cached: digest, bytes cached, size, readers.")
    int ls() throws IOException {
        long cached = 0;
        for (CachedBlobInfo blob : client().cachedBlobs()) {
            out().printf("%s %d %d %d%n", blob.digest(), blob.cached(), blob.size(), blob.readers());
            cached += blob.cached();
        }
        out().printf("%d bytes%n", cached);
        return ExitCode.OK;
    }

    @Command(name = "gc", description = "Drops what is cached of blobs that no device uses.")
    int gc() throws IOException {
        out().printf("%d bytes dropped%n", client().collectCache());
        return ExitCode.OK;
    }

    @Command(
            name = "verify",
            description = "Compares every blob that is cached as a whole with its digest; damaged ones are dropped and "
                    + "fetched again when they are read. Fails if there was one.")
    int verify() throws IOException {
        List<CachedBlobInfo> blobs = client().verifyCache();
        blobs.forEach(blob -> out().printf("%s %d %s%n", blob.digest(), blob.cached(), blob.result()));
        return blobs.stream().anyMatch(blob -> blob.result().equals("damaged")) ? ExitCode.SOFTWARE : ExitCode.OK;
    }

    private ControlClient client() {
        return new ControlClient(socket, LIMIT);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
