package io.obd.nydussnapshotter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.unixhttp.HttpResponse;
import io.obd.unixhttp.UnixHttp;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The API of one daemon: HTTP and JSON on a unix socket. */
final class NydusdClient {
    private static final int SHOWN = 400;

    private final Path socket;
    private final UnixHttp http;
    private final ObjectMapper json = new ObjectMapper();

    /** @param limit the longest that one call may take */
    NydusdClient(Path socket, Duration limit) {
        this.socket = socket;
        this.http = new UnixHttp(socket, limit);
    }

    /**
     * What a daemon says of itself.
     *
     * @param state INIT, READY, RUNNING, STOPPED or another word
     * @param version of the program
     */
    record Status(String state, String version) {
        boolean isRunning() {
            return state.equals("RUNNING");
        }
    }

    Status status() throws NydusdException {
        JsonNode answer = call("GET", "/api/v1/daemon", "");
        return new Status(
                answer.path("state").asText(""),
                answer.path("version").path("package_ver").asText(""));
    }

    /** Mounts an image below the daemon's mountpoint. */
    void mount(String mountpoint, Path bootstrap, NydusdConfig config) throws NydusdException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("fs_type", "rafs");
        request.put("source", bootstrap.toString());
        request.put("config", config.json());
        request.put("prefetch_files", null);
        call("POST", "/api/v1/mount?mountpoint=" + encode(mountpoint), encode(request));
    }

    void unmount(String mountpoint) throws NydusdException {
        call("DELETE", "/api/v1/mount?mountpoint=" + encode(mountpoint), "");
    }

    /** Ends the daemon; what it mounted stays behind. */
    void exit() throws NydusdException {
        call("PUT", "/api/v1/daemon/exit", "");
    }

    /** Files that the cache of the daemon's only image consists of. */
    Set<String> cacheFiles() throws NydusdException {
        return cacheFilesAt("/api/v1/metrics/blobcache");
    }

    /** Files that the cache of one of the daemon's images consists of. */
    Set<String> cacheFiles(String id) throws NydusdException {
        return cacheFilesAt("/api/v1/metrics/blobcache?id=" + encode(id));
    }

    private Set<String> cacheFilesAt(String target) throws NydusdException {
        Set<String> files = new HashSet<>();
        for (JsonNode file : call("GET", target, "").path("underlying_files")) {
            files.add(file.asText());
        }
        return files;
    }

    /** Exchanges the credentials of an image: the base64 of user and password. */
    void credentials(String id, String auth) throws NydusdException {
        call("PUT", "/api/v1/config?id=" + encode(id), encode(Map.of("registry_auth", auth)));
    }

    private JsonNode call(String method, String target, String body) throws NydusdException {
        HttpResponse response;
        try {
            response = http.exchange(method, target, body.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new NydusdException(
                    "nydusd does not answer " + method + " " + target + " on " + socket + ": " + e.getMessage(), 0, e);
        }
        JsonNode answer = decode(response.body());
        if (response.status() / 100 != 2) {
            String reason = answer.path("message").asText("");
            throw new NydusdException(
                    "nydusd answers " + method + " " + target + " on " + socket + " with status " + response.status()
                            + (reason.isEmpty() ? "" : ": " + reason.substring(0, Math.min(SHOWN, reason.length()))),
                    response.status(),
                    null);
        }
        return answer;
    }

    private JsonNode decode(String body) throws NydusdException {
        try {
            return body.isEmpty() ? json.createObjectNode() : json.readTree(body);
        } catch (JsonProcessingException e) {
            throw new NydusdException("what answers on " + socket + " is no nydusd: its answer is not JSON", 0, e);
        }
    }

    private String encode(Map<String, ?> body) {
        try {
            return json.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
