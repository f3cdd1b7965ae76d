package io.obd.tools;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.obd.registry.Digest;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** As much of a registry as an upload needs, in memory, and ready to misbehave. */
final class FakeRegistry implements Closeable {
    private static final String UPLOADS = "/v2/team/app/blobs/uploads/";
    private static final String SESSION = "/session";

    /** Blobs by their digest. */
    final Map<String, byte[]> blobs = new ConcurrentHashMap<>();

    /** Method and Content-Range of the requests that carried data, in their order. */
    final List<String> sent = new CopyOnWriteArrayList<>();

    private final HttpServer server;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private @Nullable String authorization;
    private volatile int status;
    private volatile int breaksAt = -1;

    FakeRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    String host() {
        return "localhost:" + server.getAddress().getPort();
    }

    String uploads() {
        return "http://" + host() + UPLOADS;
    }

    void requirePassword(String userPassword) {
        authorization = "Basic " + Base64.getEncoder().encodeToString(userPassword.getBytes(StandardCharsets.UTF_8));
    }

    /** Every request gets this answer. */
    void answerAlways(int code) {
        status = code;
    }

    /** The connection breaks once, when so many bytes have arrived. */
    void breakAt(int bytes) {
        breaksAt = bytes;
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (status != 0) {
                exchange.sendResponseHeaders(status, -1);
            } else if (authorization != null
                    && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"here\"");
                exchange.sendResponseHeaders(401, -1);
            } else {
                answer(exchange);
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        switch (exchange.getRequestMethod()) {
            case "POST" -> {
                received.reset();
                state(exchange, 202);
            }
            case "PATCH" -> {
                if (take(exchange)) {
                    state(exchange, 202);
                }
            }
            case "GET" -> state(exchange, 204);
            case "PUT" -> {
                if (take(exchange)) {
                    finish(exchange);
                }
            }
            default -> exchange.sendResponseHeaders(404, -1);
        }
    }

    private boolean take(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Content-Range");
        sent.add(exchange.getRequestMethod() + (range == null ? "" : " " + range));
        byte[] body = exchange.getRequestBody().readAllBytes();
        int room = breaksAt - received.size();
        if (breaksAt >= 0 && room < body.length) {
            breaksAt = -1;
            received.write(body, 0, room);
            return false;
        }
        received.write(body);
        return true;
    }

    private void state(HttpExchange exchange, int code) throws IOException {
        exchange.getResponseHeaders().add("Location", SESSION + "?state=1");
        exchange.getResponseHeaders().add("Range", "0-" + Math.max(received.size() - 1, 0));
        exchange.sendResponseHeaders(code, -1);
    }

    private void finish(HttpExchange exchange) throws IOException {
        String query = Objects.requireNonNull(exchange.getRequestURI().getQuery());
        String digest = query.substring(query.indexOf("digest=") + "digest=".length());
        byte[] blob = received.toByteArray();
        if (!Digest.sha256(blob).toString().equals(digest)) {
            exchange.sendResponseHeaders(400, -1);
            return;
        }
        blobs.put(digest, blob);
        exchange.sendResponseHeaders(201, -1);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
