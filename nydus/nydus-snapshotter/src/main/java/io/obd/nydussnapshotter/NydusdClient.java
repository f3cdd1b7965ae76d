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
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The API of one daemon: HTTP and JSON on a unix socket. */
final class NydusdClient {
    /** State of a daemon that serves. */
    static final String RUNNING = "RUNNING";

    /** State of a daemon that waits for what another one has. */
    static final String INIT = "INIT";

    private static final int SHOWN = 400;

    private final Path socket;
    private final UnixHttp http;
    private final ObjectMapper json = new ObjectMapper();

    /** @param limit the longest that one call may take */
    NydusdClient(Path socket, Duration limit) {
        this.socket = socket;
        this.http = new UnixHttp(socket, limit);
    }

    Path socket() {
        return socket;
    }

    /**
     * What a daemon says of itself.
     *
     * @param state INIT, READY, RUNNING, STOPPED or another word
     * @param version of the program
     */
    record Status(String state, NydusdVersion version) {
        boolean isRunning() {
            return state.equals(RUNNING);
        }
    }

    Status status() throws NydusdException {
        JsonNode answer = call("GET", "/api/v1/daemon", "");
        return new Status(
                answer.path("state").asText(""),
                new NydusdVersion(
                        answer.path("version").path("package_ver").asText(""),
                        answer.path("version").path("git_commit").asText("")));
    }

    /**
     * Mounts an image below the daemon's mountpoint.
     *
     * @param prefetch files to fetch before they are asked for; none for those that the image names
     */
    void mount(String mountpoint, Path bootstrap, NydusdConfig config, List<String> prefetch) throws NydusdException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("fs_type", "rafs");
        request.put("source", bootstrap.toString());
        request.put("config", config.json());
        request.put("prefetch_files", prefetch.isEmpty() ? null : prefetch);
        call("POST", "/api/v1/mount?mountpoint=" + encode(mountpoint), encode(request));
    }

    void unmount(String mountpoint) throws NydusdException {
        call("DELETE", "/api/v1/mount?mountpoint=" + encode(mountpoint), "");
    }

    /** Ends the daemon; what it mounted stays behind. */
    void exit() throws NydusdException {
        call("PUT", "/api/v1/daemon/exit", "");
    }

    /** Has it hand what a successor needs to its supervisor. */
    void sendDescriptor() throws NydusdException {
        call("PUT", "/api/v1/daemon/fuse/sendfd", "");
    }

    /** Has it get what the daemon before has handed to the supervisor. */
    void takeOver() throws NydusdException {
        call("PUT", "/api/v1/daemon/fuse/takeover", "");
    }

    /** Has it serve what it took over. */
    void start() throws NydusdException {
        call("PUT", "/api/v1/daemon/start", "");
    }

    /**
     * Files that the cache of an image consists of.
     *
     * @param id of the image; empty for the daemon's only one
     */
    Set<String> cacheFiles(String id) throws NydusdException {
        Set<String> files = new HashSet<>();
        for (JsonNode file : cache(id).path("underlying_files")) {
            files.add(file.asText());
        }
        return files;
    }

    /** What the cache of an image has done. */
    JsonNode cache(String id) throws NydusdException {
        return call("GET", "/api/v1/metrics/blobcache" + query(id), "");
    }

    /** What was read of an image. */
    JsonNode reads(String id) throws NydusdException {
        return call("GET", "/api/v1/metrics" + query(id), "");
    }

    /** When the reads began that have no answer yet. */
    List<Instant> readsUnderWay() throws NydusdException {
        List<Instant> began = new ArrayList<>();
        for (JsonNode read : call("GET", "/api/v1/metrics/inflight", "")) {
            began.add(Instant.ofEpochSecond(read.path("timestamp_secs").asLong()));
        }
        return began;
    }

    private static String query(String id) {
        return id.isEmpty() ? "" : "?id=" + encode(id);
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
