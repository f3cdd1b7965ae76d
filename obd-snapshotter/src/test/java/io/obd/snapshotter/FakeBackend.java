package io.obd.snapshotter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Answers the control API with one device for every image, or with an error. */
final class FakeBackend implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("\"id\" *: *\"([^\"]*)\"");
    private static final Pattern CONFIG = Pattern.compile("\"config\" *: *\"([^\"]*)\"");
    private static final Pattern LENGTH = Pattern.compile("content-length: *([0-9]+)");

    final CopyOnWriteArrayList<String> attached = new CopyOnWriteArrayList<>();
    final Map<String, String> configs = new ConcurrentHashMap<>();
    final List<String> requests = new CopyOnWriteArrayList<>();
    final List<String> bodies = new CopyOnWriteArrayList<>();
    volatile long process = 1;
    volatile String refusal = "";

    /** A request that fails. */
    volatile String refuses = "";

    volatile boolean unknown;

    private final ServerSocketChannel server;
    private final String device;

    FakeBackend(Path socket, String device) throws IOException {
        this.device = device;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
        while (server.isOpen()) {
            try {
                SocketChannel connection = server.accept();
                Thread.ofVirtual().start(() -> answer(connection));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void answer(SocketChannel connection) {
        try (connection) {
            InputStream in = Channels.newInputStream(connection);
            String head = head(in);
            Matcher length = LENGTH.matcher(head.toLowerCase(Locale.ROOT));
            int size = length.find() ? Integer.parseInt(length.group(1)) : 0;
            String body = new String(in.readNBytes(size), StandardCharsets.UTF_8);
            String[] line = head.split(" ", 3);
            requests.add(line[0] + " " + line[1]);
            bodies.add(body);
            String answer = respond(line[0], line[1], body);
            String failure = unknown ? "404 Not Found" : "502 Bad Gateway";
            String status = answer.startsWith("{\"error\"") ? failure : "200 OK";
            byte[] content = answer.getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: "
                            + content.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(content);
            ByteBuffer bytes = ByteBuffer.wrap(out.toByteArray());
            while (bytes.hasRemaining()) {
                connection.write(bytes);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String respond(String method, String path, String body) {
        if (refuses.equals(method + " " + path)) {
            return "{\"error\":{\"code\":\"busy\",\"message\":\"not now\"}}";
        }
        if (path.equals("/v1/credentials") || path.equals("/v1/mirrors")) {
            return "{}";
        }
        if (path.equals("/v1/health")) {
            return "{\"status\":\"ok\",\"pid\":" + process + "}";
        }
        if (method.equals("POST")) {
            if (!refusal.isEmpty()) {
                return "{\"error\":{\"code\":\"registry\",\"message\":\"" + refusal + "\"}}";
            }
            String id = first(ID, body);
            configs.put(id, first(CONFIG, body));
            attached.addIfAbsent(id);
            return "{\"id\":\"" + id + "\",\"device\":\"" + device + "\",\"config\":\"" + first(CONFIG, body)
                    + "\",\"frontend\":\"fake\",\"size\":1,\"writable\":false}";
        }
        if (method.equals("GET")) {
            String devices = attached.stream()
                    .map(id -> "{\"id\":\"" + id + "\",\"device\":\"" + device + "\",\"config\":\"" + configs.get(id)
                            + "\"}")
                    .collect(Collectors.joining(","));
            return "{\"devices\":[" + devices + "]}";
        }
        if (unknown) {
            return "{\"error\":{\"code\":\"not-found\",\"message\":\"no such device\"}}";
        }
        attached.remove(path.substring(path.lastIndexOf('/') + 1));
        return "{}";
    }

    private static String first(Pattern pattern, String body) {
        Matcher matcher = pattern.matcher(body);
        if (!matcher.find()) {
            throw new AssertionError(body);
        }
        return matcher.group(1);
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("request ends early: " + head);
            }
            head.append((char) c);
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
