package io.obd.tcmu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.obd.blobstore.BlobCache;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.registry.Credentials;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The requests of the control API.
 *
 * <pre>
 * GET    /v1/health        how the daemon is
 * GET    /v1/status        what each device has read, and where that came from
 * GET    /v1/devices       all devices
 * POST   /v1/devices       attach {"id": …, "config": absolute path of a config.v1.json}
 * GET    /v1/devices/{id}  one device
 * DELETE /v1/devices/{id}  detach
 * POST   /v1/credentials   keep {"repository": host[/path], "username": …, "secret": …, "ttlSeconds": …} in memory
 * PUT    /v1/mirrors       ask {"mirrors": [{"host": …, "insecure": …}, …]} before every registry
 * GET    /v1/cache         what the cache of remote blobs holds and has done
 * POST   /v1/cache/gc      drop what is cached of blobs that no device uses
 * POST   /v1/cache/verify  compare blobs that are cached as a whole with their digests
 * </pre>
 */
final class ControlApi {
    private static final Duration A_LONG_WAIT = Duration.ofSeconds(10);
    private static final String DEVICES = "/v1/devices";

    private final DeviceTable devices;
    private final DeviceFrontend frontend;
    private final Health health;
    private final RememberedCredentials credentials;
    private final SharedMirrors mirrors;
    private final BlobCache cache;
    private final ObjectMapper json = new ObjectMapper();

    ControlApi(
            DeviceTable devices,
            DeviceFrontend frontend,
            Health health,
            RememberedCredentials credentials,
            SharedMirrors mirrors,
            BlobCache cache) {
        this.devices = devices;
        this.frontend = frontend;
        this.health = health;
        this.credentials = credentials;
        this.mirrors = mirrors;
        this.cache = cache;
    }

    /**
     * Handles a request.
     *
     * @return what is sent back as JSON with status 200
     */
    Object handle(HttpMethod method, String path, byte[] body) throws ApiException {
        if (path.startsWith(DEVICES + "/")) {
            return device(method, decoded(path.substring(DEVICES.length() + 1)));
        }
        return switch (path) {
            case "/v1/health" -> {
                expect(method, HttpMethod.GET);
                yield health();
            }
            case "/v1/status" -> {
                expect(method, HttpMethod.GET);
                yield Map.of("devices", devices.status());
            }
            case DEVICES -> {
                if (method.equals(HttpMethod.GET)) {
                    yield Map.of("devices", devices.list());
                }
                expect(method, HttpMethod.POST);
                yield attach(body);
            }
            case "/v1/credentials" -> {
                expect(method, HttpMethod.POST);
                yield remember(body);
            }
            case "/v1/mirrors" -> {
                expect(method, HttpMethod.PUT);
                yield setMirrors(body);
            }
            case "/v1/cache" -> {
                expect(method, HttpMethod.GET);
                yield Map.of("stats", cache.stats(), "blobs", cache.list());
            }
            case "/v1/cache/gc" -> {
                expect(method, HttpMethod.POST);
                yield Map.of("dropped", cache.collect());
            }
            case "/v1/cache/verify" -> {
                expect(method, HttpMethod.POST);
                yield Map.of("blobs", cache.verify());
            }
            default -> throw ApiException.notFound("there is no " + path);
        };
    }

    private static String decoded(String id) throws ApiException {
        try {
            return URLDecoder.decode(id, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("id: " + e.getMessage());
        }
    }

    private Object device(HttpMethod method, String id) throws ApiException {
        if (method.equals(HttpMethod.GET)) {
            return devices.get(id);
        }
        expect(method, HttpMethod.DELETE);
        devices.detach(id);
        return Map.of("id", id);
    }

    private static void expect(HttpMethod method, HttpMethod expected) throws ApiException {
        if (!method.equals(expected)) {
            throw new ApiException(
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    "method-not-allowed",
                    method + " is not possible here",
                    "",
                    "");
        }
    }

    private Object health() {
        Map<String, String> findings = health.check();
        return Map.of(
                "status", Health.isGood(findings) ? Health.OK : "failed",
                "checks", findings,
                "pid", ProcessHandle.current().pid(),
                "frontend", frontend.kind().word(),
                "devices", devices.size(),
                "waiting", frontend.waiting(A_LONG_WAIT),
                "cache", cache.stats());
    }

    private Object attach(byte[] body) throws ApiException {
        JsonNode request = parse(body);
        try {
            return devices.attach(text(request, "id"), Path.of(text(request, "config")));
        } catch (InvalidPathException e) {
            throw ApiException.badRequest("config: not a path: " + e.getReason());
        }
    }

    private Object remember(byte[] body) throws ApiException {
        JsonNode request = parse(body);
        String repository = text(request, "repository");
        Credentials given = Credentials.of(text(request, "username"), text(request, "secret"));
        JsonNode ttl = request.path("ttlSeconds");
        if (repository.isEmpty() || !ttl.canConvertToInt() || ttl.asInt() <= 0) {
            throw ApiException.badRequest("repository and a positive ttlSeconds are expected");
        }
        credentials.remember(repository, given, Duration.ofSeconds(ttl.asInt()));
        return Map.of("repository", repository);
    }

    private Object setMirrors(byte[] body) throws ApiException {
        JsonNode given = parse(body).path("mirrors");
        if (!given.isArray()) {
            throw ApiException.badRequest("mirrors: an array is expected");
        }
        List<ServiceConfig.Mirror> hosts = new ArrayList<>();
        for (JsonNode mirror : given) {
            hosts.add(new ServiceConfig.Mirror(
                    text(mirror, "host"), mirror.path("insecure").asBoolean(false), "", Map.of()));
        }
        try {
            mirrors.set(hosts);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("mirrors: " + e.getMessage());
        }
        return Map.of("mirrors", hosts.size());
    }

    private JsonNode parse(byte[] body) throws ApiException {
        try {
            JsonNode request = json.readTree(body);
            if (request != null && request.isObject()) {
                return request;
            }
        } catch (IOException _) {
            // Without the parser's words: they quote the body, which may hold a secret.
            throw ApiException.badRequest("the body is not JSON");
        }
        throw ApiException.badRequest("the body is not a JSON object");
    }

    private static String text(JsonNode request, String key) throws ApiException {
        JsonNode value = request.path(key);
        if (!value.isTextual()) {
            throw ApiException.badRequest(key + ": a string is expected");
        }
        return value.asText();
    }
}
