package io.obd.nydussnapshotter;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the system API answers, in the form of the original.
 *
 * <pre>
 * GET /api/v1/daemons                 daemons and their images
 * GET /api/v1/daemons/records         not implemented
 * GET /api/v1/daemons/&lt;id&gt;/backend    where a daemon reads, with passwords
 * PUT /api/v1/daemons/upgrade         exchanges all daemons for those of another program
 * PUT /api/v1/prefetch                files to be fetched before they are asked for
 * </pre>
 */
final class SystemApi {
    private static final Logger LOG = LoggerFactory.getLogger(SystemApi.class);

    private static final String DAEMONS = "/api/v1/daemons";
    private static final Pattern BACKEND = Pattern.compile(DAEMONS + "/([^/]+)/backend");
    private static final int MOST_FILES = 10_000;

    private final Supplier<Collection<Daemon>> daemons;
    private final InstanceConfigs configs;
    private final PrefetchLists prefetch;
    private final Upgrade upgrade;
    private final ObjectMapper json = new ObjectMapper();

    SystemApi(Supplier<Collection<Daemon>> daemons, InstanceConfigs configs, PrefetchLists prefetch, Upgrade upgrade) {
        this.daemons = daemons;
        this.configs = configs;
        this.prefetch = prefetch;
        this.upgrade = upgrade;
    }

    /** A request that is not done. */
    static final class Refused extends Exception {
        private final int status;

        Refused(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /** A daemon. */
    private record DaemonInfo(
            String id,
            long pid,
            @JsonProperty("api_socket") String apiSocket,
            @JsonProperty("supervisor_path") String supervisorPath,
            int reference,
            String mountpoint,
            @JsonProperty("startup_cpu_utilization") double startupCpu,
            @JsonProperty("memory_rss_kb") double memory,
            @JsonProperty("read_data_kb") double read,
            Map<String, InstanceInfo> instances) {}

    /** An image of it. */
    private record InstanceInfo(
            @JsonProperty("snapshot_id") String snapshot,
            @JsonProperty("snapshot_dir") String directory,
            String mountpoint,
            @JsonProperty("image_id") String image) {}

    /** What to fetch of an image: paths with commas between them. */
    private record PrefetchRequest(String image, String prefetch) {}

    /**
     * Answers a request.
     *
     * @return what becomes the JSON body
     */
    @Nullable
    Object answer(String method, String path, byte[] body) throws Refused, IOException {
        Matcher backend = BACKEND.matcher(path);
        return switch (method + " " + path) {
            case "GET " + DAEMONS -> list();
            case "GET " + DAEMONS + "/records" -> throw new Refused(501, "not implemented");
            case "PUT " + DAEMONS + "/upgrade" -> upgrade(body);
            case "PUT /api/v1/prefetch" -> prefetch(body);
            default -> {
                if (method.equals("GET") && backend.matches()) {
                    yield backend(backend.group(1));
                }
                throw new Refused(404, "there is no " + method + " " + path);
            }
        };
    }

    private List<DaemonInfo> list() {
        return daemons.get().stream()
                .sorted(Comparator.comparing(Daemon::id))
                .map(SystemApi::info)
                .toList();
    }

    private static DaemonInfo info(Daemon daemon) {
        Map<String, InstanceInfo> instances = new TreeMap<>();
        double read = 0;
        for (RafsInstance instance : daemon.instances()) {
            String snapshot = Long.toString(instance.snapshot());
            instances.put(
                    snapshot,
                    new InstanceInfo(
                            snapshot,
                            instance.directory().toString(),
                            daemon.seen(instance).toString(),
                            instance.image()));
            read += read(daemon, instance);
        }
        return new DaemonInfo(
                daemon.id(),
                daemon.process().map(DaemonProcess::pid).orElse(0L),
                daemon.socket().toString(),
                daemon.supervisor().map(Object::toString).orElse(""),
                instances.size(),
                daemon.mountpoint().toString(),
                daemon.startupCpu(),
                daemon.process().map(SystemApi::memory).orElse(0.0),
                read / 1024,
                instances);
    }

    private static double read(Daemon daemon, RafsInstance instance) {
        try {
            return daemon.answers(instance).reads().path("data_read").asDouble();
        } catch (NydusdException e) {
            LOG.debug("no figures of {}: {}", instance.image(), e.getMessage());
            return 0;
        }
    }

    private static double memory(DaemonProcess process) {
        try {
            return ProcessUsage.of(process.pid()).residentKilobytes();
        } catch (IOException e) {
            LOG.debug("nydusd (pid {}) has just ended: {}", process.pid(), e.getMessage());
            return 0;
        }
    }

    private JsonNode backend(String id) throws Refused, IOException {
        Daemon daemon = daemons.get().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new Refused(404, "there is no daemon " + id));
        List<RafsInstance> instances = List.copyOf(daemon.instances());
        if (instances.size() != 1) {
            return configs.bare().storage(); // each image of it has its own
        }
        RafsInstance only = instances.getFirst();
        return configs.of(only).with(configs.credentials(only)).storage();
    }

    private @Nullable Object upgrade(byte[] body) throws Refused, IOException {
        JsonNode request = parse(body, "nydusd_path, version and policy are expected as JSON");
        String program = request.path("nydusd_path").asText("");
        String policy = request.path("policy").asText("");
        if (!program.startsWith("/")) {
            throw new Refused(400, "nydusd_path has to be the absolute path of the new program");
        }
        if (!List.of("", "rolling").contains(policy)) {
            throw new Refused(
                    400, "policy " + policy + " is not supported: daemons are exchanged one after the other (rolling)");
        }
        upgrade.run(Path.of(program), request.path("version").asText(""));
        return null;
    }

    private @Nullable Object prefetch(byte[] body) throws Refused {
        List<PrefetchRequest> requests = new ArrayList<>();
        String expected = "a list of objects with image and prefetch is expected as JSON";
        JsonNode list = parse(body, expected);
        if (!list.isArray()) {
            throw new Refused(400, expected);
        }
        for (JsonNode request : list) {
            if (!request.path("image").isTextual() || !request.path("prefetch").isTextual()) {
                throw new Refused(400, expected + ", both of them text");
            }
            requests.add(new PrefetchRequest(
                    request.path("image").asText(), request.path("prefetch").asText()));
        }
        for (PrefetchRequest request : requests) {
            List<String> files = List.of(request.prefetch().split(",")).stream()
                    .map(String::strip)
                    .filter(file -> !file.isEmpty())
                    .limit(MOST_FILES)
                    .toList();
            if (request.image().isEmpty() || files.stream().anyMatch(file -> !file.startsWith("/"))) {
                throw new Refused(400, "image is missing, or prefetch has a path that does not begin with /");
            }
            prefetch.put(request.image(), files);
        }
        LOG.info("files to fetch ahead are known for {} images", requests.size());
        return null;
    }

    private JsonNode parse(byte[] body, String expected) throws Refused {
        try {
            return json.readTree(body);
        } catch (IOException e) {
            throw new Refused(400, expected);
        }
    }
}
