package io.obd.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.registry.Credentials;
import io.obd.unixhttp.HttpResponse;
import io.obd.unixhttp.UnixHttp;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks the backend for devices through its control socket (HTTP and JSON). Every call opens its own connection and
 * ends within the time limit given.
 */
public final class ControlClient {
    /** Where the backend listens unless it is told otherwise. */
    public static final Path DEFAULT_SOCKET = Path.of("/run/overlaybd/control.sock");

    private static final int NOT_FOUND = 404;

    private final Path socket;
    private final Duration timeout;
    private final ObjectMapper json = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** @param timeout the longest that one call may take, attaching included */
    public ControlClient(Path socket, Duration timeout) {
        this.socket = socket;
        this.timeout = timeout;
    }

    /**
     * Attaches the image described by {@code config}, or returns the device of an earlier call with the same id and
     * config.
     *
     * @param config absolute path of a {@code config.v1.json}
     */
    public DeviceInfo attach(String id, Path config) throws ControlException {
        byte[] body = encode(Map.of("id", id, "config", config.toString()));
        return device("attach of " + id, call("POST", "/v1/devices", body, "attach of " + id));
    }

    /** Detaches a device; true if there was one. Fails with {@link ControlException.Refused} while it is in use. */
    public boolean detach(String id) throws ControlException {
        try {
            call("DELETE", path(id), new byte[0], "detach of " + id);
            return true;
        } catch (ControlException.Refused e) {
            if (e.status() == NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /** The device of that id, if it is attached. */
    public Optional<DeviceInfo> find(String id) throws ControlException {
        try {
            return Optional.of(device("look-up of " + id, call("GET", path(id), new byte[0], "look-up of " + id)));
        } catch (ControlException.Refused e) {
            if (e.status() == NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** All attached devices. */
    public List<DeviceInfo> list() throws ControlException {
        JsonNode devices =
                call("GET", "/v1/devices", new byte[0], "list of devices").path("devices");
        List<DeviceInfo> list = new ArrayList<>();
        for (JsonNode device : devices) {
            list.add(device("list of devices", device));
        }
        return list;
    }

    /**
     * Asks how the backend is.
     *
     * @return its process id, by which a restart shows
     * @throws ControlException if it does not answer or does not say that it is well
     */
    public long health() throws ControlException {
        JsonNode answer = call("GET", "/v1/health", new byte[0], "health check");
        if (!answer.path("status").asText().equals("ok")) {
            throw protocol(
                    "health check",
                    "status is not ok: " + (answer.has("checks") ? answer.path("checks") : answer.path("status")));
        }
        return answer.path("pid").asLong(0);
    }

    /**
     * Hands over credentials, which the backend keeps in memory only.
     *
     * @param repository {@code host[:port]/path} as image names have it, or a beginning of that
     * @param time how long they may be used
     */
    public void remember(String repository, Credentials credentials, Duration time) throws ControlException {
        String what = "credentials for " + repository;
        Map<String, Object> body =
                switch (credentials) {
                    case Credentials.UserPassword(String user, String password) ->
                        Map.of("username", user, "secret", password);
                    case Credentials.IdentityToken(String token) ->
                        Map.of("username", Credentials.IdentityToken.USER, "secret", token);
                };
        Map<String, Object> request = new HashMap<>(body);
        request.put("repository", repository);
        request.put("ttlSeconds", Math.toIntExact(time.toSeconds()));
        call("POST", "/v1/credentials", encode(request), what);
    }

    /**
     * Says which hosts are to be asked before registries, until the backend ends.
     *
     * @param mirrors in their order; replaces what was said before
     */
    public void mirrors(List<ServiceConfig.Mirror> mirrors) throws ControlException {
        List<Map<String, Object>> hosts = mirrors.stream()
                .map(mirror -> Map.<String, Object>of("host", mirror.host(), "insecure", mirror.insecure()))
                .toList();
        call("PUT", "/v1/mirrors", encode(Map.of("mirrors", hosts)), "list of mirrors");
    }

    /** What each attached device has read, and where that came from. */
    public List<DeviceStatus> status() throws ControlException {
        String what = "status of devices";
        List<DeviceStatus> devices = new ArrayList<>();
        for (JsonNode device : call("GET", "/v1/status", new byte[0], what).path("devices")) {
            try {
                devices.add(json.treeToValue(device, DeviceStatus.class));
            } catch (JsonProcessingException e) {
                throw new ControlException.Protocol(what, socket, "a device that is not understood", e);
            }
        }
        return devices;
    }

    /** The blobs of which the backend has something cached. */
    public List<CachedBlobInfo> cachedBlobs() throws ControlException {
        return blobs(call("GET", "/v1/cache", new byte[0], "list of the cache"));
    }

    /** Drops what is cached of blobs that no device uses; returns the bytes dropped. */
    public long collectCache() throws ControlException {
        return call("POST", "/v1/cache/gc", new byte[0], "emptying of the cache")
                .path("dropped")
                .asLong();
    }

    /** Compares the blobs that are cached as a whole with their digests; damaged ones are dropped. */
    public List<CachedBlobInfo> verifyCache() throws ControlException {
        return blobs(call("POST", "/v1/cache/verify", new byte[0], "check of the cache"));
    }

    private static List<CachedBlobInfo> blobs(JsonNode answer) {
        List<CachedBlobInfo> blobs = new ArrayList<>();
        for (JsonNode blob : answer.path("blobs")) {
            blobs.add(new CachedBlobInfo(
                    blob.path("digest").asText(),
                    blob.path("size").asLong(),
                    blob.path("cached").asLong(),
                    blob.path("readers").asInt(),
                    blob.path("result").asText("")));
        }
        return blobs;
    }

    private static String path(String id) {
        return "/v1/devices/" + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private JsonNode call(String method, String path, byte[] body, String what) throws ControlException {
        HttpResponse response = exchange(method, path, body, what);
        JsonNode answer = decode(what, response);
        if (response.status() / 100 == 2) {
            return answer;
        }
        JsonNode error = answer.path("error");
        throw new ControlException.Refused(
                what,
                response.status(),
                new ControlError(
                        error.path("code").asText("unknown"),
                        error.path("message").asText("no reason given"),
                        error.path("cause").asText(""),
                        error.path("hint").asText("")));
    }

    private HttpResponse exchange(String method, String path, byte[] body, String what) throws ControlException {
        try {
            return new UnixHttp(socket, timeout).exchange(method, path, body);
        } catch (UnixHttp.NotListening e) {
            throw new ControlException.NotRunning(socket, e);
        } catch (SocketTimeoutException e) {
            throw new ControlException.TimedOut(what, socket, timeout);
        } catch (IOException e) {
            throw new ControlException.Protocol(what, socket, String.valueOf(e.getMessage()), e);
        }
    }

    private JsonNode decode(String what, HttpResponse response) throws ControlException {
        if (response.body().isEmpty()) {
            return json.createObjectNode();
        }
        try {
            return json.readTree(response.body());
        } catch (IOException e) {
            throw new ControlException.Protocol(
                    what, socket, "status " + response.status() + " with a body that is not JSON", e);
        }
    }

    private DeviceInfo device(String what, JsonNode node) throws ControlException {
        for (String key : List.of("id", "device", "config")) {
            if (!node.path(key).isTextual()) {
                throw protocol(what, "no " + key + " in it");
            }
        }
        return new DeviceInfo(
                node.path("id").asText(),
                node.path("device").asText(),
                node.path("config").asText(),
                node.path("frontend").asText(""),
                node.path("size").asLong(0),
                node.path("writable").asBoolean(false));
    }

    private byte[] encode(Map<String, ?> body) {
        try {
            return json.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private ControlException protocol(String what, String problem) {
        return new ControlException.Protocol(what, socket, problem, null);
    }
}
