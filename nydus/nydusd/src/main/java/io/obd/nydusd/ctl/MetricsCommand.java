package io.obd.nydusd.ctl;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code nydusctl metrics CATEGORY}. */
@Command(name = "metrics", mixinStandardHelpOptions = true, description = "Shows what the daemon counts.")
final class MetricsCommand implements Callable<Integer> {
    private static final Map<String, String> PATHS = new TreeMap<>(Map.of(
            "fsstats", "/api/v1/metrics",
            "files", "/api/v1/metrics/files",
            "pattern", "/api/v1/metrics/pattern",
            "backend", "/api/v1/metrics/backend",
            "blobcache", "/api/v1/metrics/blobcache",
            "cache", "/api/v1/metrics/blobcache",
            "inflight", "/api/v1/metrics/inflight"));

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Nydusctl nydusctl;

    @Parameters(
            index = "0",
            paramLabel = "CATEGORY",
            description = "fsstats, files, pattern, backend, cache (or blobcache) or inflight")
    private String category = "";

    @Option(
            names = {"-I", "--interval"},
            paramLabel = "SECONDS",
            description = "show it again after each interval, until interrupted")
    private @Nullable Integer interval;

    @Override
    public Integer call() throws IOException, InterruptedException {
        String path = PATHS.get(category);
        if (path == null) {
            throw new ParameterException(
                    spec.commandLine(), "unknown category '" + category + "', there are " + PATHS.keySet());
        }
        if (interval != null && interval < 1) {
            throw new ParameterException(spec.commandLine(), "--interval " + interval + ": at least 1 second");
        }
        DaemonApi api = nydusctl.api();
        nydusctl.print(api.get(path));
        while (interval != null) {
            Thread.sleep(Duration.ofSeconds(interval));
            nydusctl.print(api.get(path));
        }
        return 0;
    }
}
