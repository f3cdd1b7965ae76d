package io.obd.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The blobs of a {@link RehearsalServer}, in whole and in parts. As with most registries, who has no token is sent for one. */
public final class RehearsalBlobs implements HttpHandler {
    private static final String TOKEN = "/v2/token";
    private static final String BLOBS = "/blobs/sha256:";

    private final Path directory;

    /** @param directory the blobs, under the hexadecimal form of their digests */
    public RehearsalBlobs(Path directory) {
        this.directory = directory;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        int blob = path.indexOf(BLOBS);
        if (path.equals(TOKEN)) {
            send(exchange, 200, "{\"token\":\"t\",\"expires_in\":3600}".getBytes(StandardCharsets.US_ASCII));
        } else if (!exchange.getRequestHeaders().containsKey("Authorization")) {
            String host = exchange.getRequestHeaders().getFirst("Host");
            exchange.getResponseHeaders()
                    .set("WWW-Authenticate", "Bearer realm=\"https://" + host + TOKEN + "\",service=\"r\"");
            send(exchange, 401, new byte[0]);
        } else if (blob >= 0) {
            sendPart(exchange, Files.readAllBytes(directory.resolve(path.substring(blob + BLOBS.length()))));
        } else {
            send(exchange, 404, new byte[0]);
        }
        exchange.close();
    }

    private static void sendPart(HttpExchange exchange, byte[] blob) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range == null) {
            send(exchange, 200, blob);
            return;
        }
        String[] ends = range.substring("bytes=".length()).split("-");
        int from = Integer.parseInt(ends[0]);
        int to = Math.min(blob.length - 1, Integer.parseInt(ends[1]));
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + blob.length);
        exchange.sendResponseHeaders(206, to + 1L - from);
        exchange.getResponseBody().write(blob, from, to + 1 - from);
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }
}
