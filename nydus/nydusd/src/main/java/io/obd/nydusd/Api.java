package io.obd.nydusd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.obd.linux.Reason;
import io.obd.logfmt.LogThreshold;
import io.obd.nydusbackend.RegistryRoute;
import io.obd.nydusbackend.config.BasicAuth;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests of the API: what they ask the daemon for. A result of null is an answer without content. */
final class Api {
    private static final Logger log = LoggerFactory.getLogger(Api.class);

    private static final String AUTH = "registry_auth";
    private static final String PROXY = "proxy_url";

    private final Daemon daemon;
    private final ObjectMapper json = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    /** What is asked of the daemon may wait in the kernel or for the lock of somebody who does. */
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("api-call-", 0).daemon().factory());

    Api(Daemon daemon) {
        this.daemon = daemon;
    }

    private interface Action {
        void run() throws IOException;
    }

    @Nullable
    Object handle(String method, QueryStringDecoder uri, byte[] body) throws ApiError {
        return switch (uri.path()) {
            case "/api/v1/daemon" -> daemon(method, body, true);
            case "/api/v2/daemon" -> daemon(method, body, false);
            case "/api/v1/daemon/events" -> get(method, daemon.events().list());
            case "/api/v1/daemon/backend" -> backend(method, uri);
            case "/api/v1/daemon/start" -> put(method, "start", daemon::serve);
            case "/api/v1/daemon/exit" -> put(method, "exit", daemon::exit);
            case "/api/v1/daemon/fuse/sendfd" -> put(method, "sendfd", daemon::send);
            case "/api/v1/daemon/fuse/takeover" -> put(method, "takeover", daemon::takeOver);
            case "/api/v1/mount" -> mount(method, uri, body);
            case "/api/v1/metrics" -> metrics(method, uri);
            case "/api/v1/metrics/files" -> files(method, uri);
            case "/api/v1/metrics/pattern" -> pattern(method, uri);
            case "/api/v1/metrics/backend" -> get(method, Reports.backend(image(uri, "BackendMetrics")));
            case "/api/v1/metrics/blobcache" -> get(method, Reports.cache(image(uri, "BlobcacheMetrics")));
            case "/api/v1/metrics/inflight" -> get(method, Reports.inFlight(daemon));
            case "/api/v1/config" -> config(method, uri, body);
            case "/api/v2/blobs" -> blobs(method);
            default -> throw new ApiError(HttpResponseStatus.NOT_FOUND, "NoRoute");
        };
    }

    private static @Nullable Object get(String method, @Nullable Object content) throws ApiError {
        require(method, "GET");
        return content;
    }

    private @Nullable Object put(String method, String what, Action action) throws ApiError {
        require(method, "PUT");
        return run(what, action);
    }

    private static void require(String method, String wanted) throws ApiError {
        if (!method.equals(wanted)) {
            throw new ApiError(HttpResponseStatus.BAD_REQUEST, "BadRequest");
        }
    }

    /** Runs an action on a thread that may wait. */
    private @Nullable Object run(String what, Action action) throws ApiError {
        Future<?> done = threads.submit(() -> {
            action.run();
            return true;
        });
        try {
            done.get();
            return null;
        } catch (ExecutionException e) {
            String reason = Reason.withCauses(e.getCause() == null ? e : e.getCause());
            log.error("{}: {}", what, reason);
            daemon.events().add(what + ": " + reason);
            throw new ApiError(HttpResponseStatus.INTERNAL_SERVER_ERROR, reason);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiError(HttpResponseStatus.SERVICE_UNAVAILABLE, "the daemon is stopping");
        }
    }

    private @Nullable Object daemon(String method, byte[] body, boolean withImages) throws ApiError {
        if (method.equals("PUT")) {
            String level = parse(body, JsonNode.class).path("log_level").asText("");
            if (!Options.LOG_LEVELS.contains(level)) {
                throw new ApiError(
                        HttpResponseStatus.BAD_REQUEST,
                        "log_level is none of " + String.join(", ", Options.LOG_LEVELS));
            }
            LogThreshold.set(level);
            log.info("the log level is {}", level);
            return null;
        }
        require(method, "GET");
        return Reports.daemon(daemon, withImages);
    }

    private static @Nullable Object blobs(String method) throws ApiError {
        if (!List.of("GET", "PUT", "DELETE").contains(method)) {
            throw new ApiError(HttpResponseStatus.BAD_REQUEST, "BadRequest");
        }
        throw new ApiError(
                HttpResponseStatus.NOT_IMPLEMENTED,
                "blobs are bound for fscache, which is not supported: images are mounted at /api/v1/mount");
    }

    private @Nullable Object backend(String method, QueryStringDecoder uri) throws ApiError {
        require(method, "GET");
        String mountPoint = mountPoint(uri);
        return Reports.superBlock(daemon.image(mountPoint)
                .orElseThrow(() ->
                        new ApiError(HttpResponseStatus.INTERNAL_SERVER_ERROR, "nothing is mounted at " + mountPoint)));
    }

    private @Nullable Object mount(String method, QueryStringDecoder uri, byte[] body) throws ApiError {
        String mountPoint = mountPoint(uri);
        return switch (method) {
            case "POST" -> {
                MountRequest request = parse(body, MountRequest.class);
                yield run("mount at " + mountPoint, () -> daemon.mount(mountPoint, request));
            }
            case "PUT" -> {
                MountRequest request = parse(body, MountRequest.class);
                yield run("mount anew at " + mountPoint, () -> daemon.remount(mountPoint, request));
            }
            case "DELETE" -> run("unmount " + mountPoint, () -> daemon.unmount(mountPoint));
            default -> throw new ApiError(HttpResponseStatus.BAD_REQUEST, "BadRequest");
        };
    }

    private static String mountPoint(QueryStringDecoder uri) throws ApiError {
        String value = parameter(uri, "mountpoint");
        if (value.isEmpty()) {
            throw new ApiError(
                    HttpResponseStatus.BAD_REQUEST,
                    "QueryString(\"'mountpoint' should be specified in query string\")");
        }
        return value;
    }

    private static String parameter(QueryStringDecoder uri, String name) {
        return uri.parameters().getOrDefault(name, List.of("")).getFirst();
    }

    private <T> T parse(byte[] body, Class<T> type) throws ApiError {
        try {
            T value = json.readValue(body, type);
            if (value != null) {
                return value;
            }
        } catch (JsonProcessingException e) {
            // Its own text may quote the body, which may hold passwords.
            String place = e.getLocation() == null
                    ? ""
                    : " at column " + e.getLocation().getColumnNr();
            throw new ApiError(HttpResponseStatus.BAD_REQUEST, "ParseBody(not what is expected" + place + ")");
        } catch (IOException e) {
            throw new ApiError(HttpResponseStatus.BAD_REQUEST, "ParseBody(" + e.getMessage() + ")");
        }
        throw new ApiError(HttpResponseStatus.BAD_REQUEST, "ParseBody(nothing)");
    }

    /** @param asked what the original calls the request; its clients look for that in the error */
    private MountedImage image(QueryStringDecoder uri, String asked) throws ApiError {
        return daemon.image(parameter(uri, "id"))
                .orElseThrow(() -> new ApiError(HttpResponseStatus.NOT_FOUND, asked + "(Metrics(Stats(NoCounter)))"));
    }

    private @Nullable Object metrics(String method, QueryStringDecoder uri) throws ApiError {
        MountedImage image = image(uri, "GlobalMetrics");
        return get(method, image.image().counters().summary(image.mountPoint()));
    }

    private @Nullable Object files(String method, QueryStringDecoder uri) throws ApiError {
        var counters = image(uri, "FsFilesMetrics").image().counters();
        boolean latest = parameter(uri, "latest").equals("true");
        if (latest ? !counters.notesLatest() : !counters.countsFiles()) {
            throw new ApiError(
                    HttpResponseStatus.NOT_FOUND,
                    "not counted: the configuration does not have " + (latest ? "latest_read_files" : "iostats_files"));
        }
        return get(method, latest ? counters.latest() : counters.perFile());
    }

    private @Nullable Object pattern(String method, QueryStringDecoder uri) throws ApiError {
        var counters = image(uri, "Pattern").image().counters();
        if (!counters.notesPattern()) {
            throw new ApiError(
                    HttpResponseStatus.NOT_FOUND, "not noted: the configuration does not have access_pattern");
        }
        return get(method, counters.pattern());
    }

    private @Nullable Object config(String method, QueryStringDecoder uri, byte[] body) throws ApiError {
        MountedImage image = image(uri, "Configure");
        Optional<RegistryRoute> route = image.backend().route();
        if (method.equals("GET")) {
            return route.map(RegistryRoute::proxy)
                    .filter(proxy -> !proxy.isEmpty())
                    .map(proxy -> Map.of(PROXY, proxy))
                    .orElse(Map.of());
        }
        require(method, "PUT");
        JsonNode wanted = parse(body, JsonNode.class);
        for (Map.Entry<String, JsonNode> value : wanted.properties()) {
            if (!List.of(AUTH, PROXY).contains(value.getKey())
                    && !value.getValue().asText("").isEmpty()) {
                throw new ApiError(
                        HttpResponseStatus.NOT_IMPLEMENTED,
                        value.getKey() + " cannot be set while the image is served, only " + AUTH + " and " + PROXY);
            }
        }
        RegistryRoute changed = route.orElseThrow(() -> new ApiError(
                HttpResponseStatus.BAD_REQUEST,
                "the backend " + image.backend().type() + " has neither credentials nor proxy"));
        String auth = wanted.path(AUTH).asText("");
        if (!auth.isEmpty()) {
            BasicAuth user = BasicAuth.parse(auth)
                    .orElseThrow(() ->
                            new ApiError(HttpResponseStatus.BAD_REQUEST, AUTH + " is not base64 of user:password"));
            changed.credentials().set(user);
            log.info("the credentials of {} were replaced", image.mountPoint());
        }
        if (wanted.hasNonNull(PROXY)) {
            try {
                changed.useProxy(wanted.path(PROXY).asText());
            } catch (IllegalArgumentException e) {
                throw new ApiError(HttpResponseStatus.BAD_REQUEST, PROXY + ": " + e.getMessage());
            }
            log.info("the proxy of {} was replaced", image.mountPoint());
        }
        return null;
    }
}
