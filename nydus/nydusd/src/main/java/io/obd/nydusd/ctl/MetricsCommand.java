package io.obd.nydusd.ctl;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
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
    private static final String BACKEND = "backend";
    private static final Category CACHE = new Category("/blobcache", Summary::cache);
    private static final Map<String, Category> CATEGORIES = new TreeMap<>(Map.of(
            "fsstats",
            new Category("", Summary::requests),
            "files",
            new Category("/files", ReadableJson::of),
            "pattern",
            new Category("/pattern", ReadableJson::of),
            BACKEND,
            new Category("/backend", Summary::backend),
            "blobcache",
            CACHE,
            "cache",
            CACHE,
            "inflight",
            new Category("/inflight", ReadableJson::of)));

    /**
     * What can be asked for.
     *
     * @param place below that of the counters
     * @param summary how it is shown to a person
     */
    private record Category(String place, Function<JsonNode, String> summary) {}

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
            description = "show it again after each interval, until interrupted; of backend what came meanwhile")
    private @Nullable Integer interval;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Category wanted = CATEGORIES.get(category);
        if (wanted == null) {
            throw new ParameterException(
                    spec.commandLine(), "unknown category '" + category + "', there are " + CATEGORIES.keySet());
        }
        if (interval != null && interval < 1) {
            throw new ParameterException(spec.commandLine(), "--interval " + interval + ": at least 1 second");
        }
        String path = "/api/v1/metrics" + wanted.place();
        JsonNode answer = nydusctl.api().get(path);
        boolean isCompared = interval != null && category.equals(BACKEND) && !nydusctl.isRaw();
        if (!isCompared) {
            nydusctl.print(answer, wanted.summary());
        }
        while (interval != null) {
            int seconds = interval;
            Thread.sleep(Duration.ofSeconds(seconds));
            JsonNode before = answer;
            answer = nydusctl.api().get(path);
            nydusctl.print(answer, isCompared ? after -> Summary.backend(before, after, seconds) : wanted.summary());
        }
        return 0;
    }
}
