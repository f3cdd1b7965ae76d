package io.obd.nydusd.ctl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import io.obd.unixhttp.HttpResponse;
import io.obd.unixhttp.UnixHttp;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The API of one daemon. */
final class DaemonApi {
    /** A mount waits for a registry. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static final int OK = 200;
    private static final int REDIRECTED = 300;

    private final Path socket;
    private final ObjectMapper json = new ObjectMapper();

    DaemonApi(Path socket) {
        this.socket = socket;
    }

    /** A query parameter, with what is before it. */
    static String with(String path, String name, String value) {
        return path + "?" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** @return what the daemon says; null in JSON if it has nothing to say */
    JsonNode get(String path) throws IOException {
        return exchange("GET", path, null);
    }

    void put(String path, Object body) throws IOException {
        exchange("PUT", path, body);
    }

    void post(String path, Object body) throws IOException {
        exchange("POST", path, body);
    }

    void delete(String path) throws IOException {
        exchange("DELETE", path, null);
    }

    private JsonNode exchange(String method, String path, @Nullable Object body) throws IOException {
        HttpResponse answer = send(method, path, body == null ? new byte[0] : json.writeValueAsBytes(body));
        if (answer.status() < OK || answer.status() >= REDIRECTED) {
            throw new IOException("nydusd at " + socket + " answered " + answer.status() + " to " + method + " " + path
                    + ": " + reason(answer.body()));
        }
        if (answer.body().isBlank()) {
            return NullNode.getInstance();
        }
        try {
            return json.readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new IOException("nydusd at " + socket + " answered no JSON to " + method + " " + path, e);
        }
    }

    private HttpResponse send(String method, String path, byte[] body) throws IOException {
        try {
            return new UnixHttp(socket, LIMIT).exchange(method, path, body);
        } catch (UnixHttp.NotListening e) {
            throw new IOException("no nydusd listens on " + socket + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException("nydusd at " + socket + ", " + method + " " + path + ": " + e.getMessage(), e);
        }
    }

    private String reason(String body) {
        try {
            String message = json.readTree(body).path("message").asText();
            return message.isEmpty() ? body : message;
        } catch (JsonProcessingException e) {
            return body;
        }
    }
}
