package io.obd.nydusd;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.obd.linux.Mounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The program with an image: it is mounted out of local files and out of a made-up registry, over FUSE and with the kernel's
 * EROFS where that is to be had, and read. The JVM's ahead-of-time cache is recorded from it, with what the compiler has to know
 * to be quick from the first read on.
 */
public final class Rehearsal {
    private static final String BLOBS = "/v2/app/blobs/sha256:";

    private Rehearsal() {}

    /** Takes a directory with {@code boot} and {@code blobs}. Exits with 0 if all went well. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Path blobs = directory.resolve("blobs");
        HttpServer registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        int port = registry.getAddress().getPort();
        registry.createContext("/", exchange -> answer(exchange, blobs, port));
        registry.start();
        String local = "\"localfs\",\"localfs\":{\"dir\":\"%s\"}".formatted(blobs);
        String remote = "\"registry\",\"registry\":{\"scheme\":\"http\",\"host\":\"127.0.0.1:%d\",\"repo\":\"app\"}"
                .formatted(port);
        int round = 0;
        for (String frontend : List.of("fuse", "auto")) {
            for (String backend : List.of(remote, local)) {
                serve(Files.createDirectory(directory.resolve("round" + round)), directory, backend, frontend);
                round++;
            }
        }
        System.exit(0);
    }

    private static void serve(Path work, Path directory, String backend, String frontend) throws IOException {
        Path config = Files.writeString(
                work.resolve("config.json"),
                "{\"version\":2,\"backend\":{\"type\":%s},\"cache\":{\"type\":\"blobcache\",\"filecache\":{\"work_dir\":\"%s\"}},\"rafs\":{\"mode\":\"direct\"}}"
                        .formatted(backend, Files.createDirectory(work.resolve("cache"))));
        Path mountPoint = Files.createDirectory(work.resolve("mnt"));
        Path socket = work.resolve("api.sock");
        Options options = Main.parse(new String[] {
            "--config", config.toString(),
            "--bootstrap", directory.resolve("boot").toString(),
            "--mountpoint", mountPoint.toString(),
            "--apisock", socket.toString(),
            "--frontend", frontend
        });
        Logging.configure(options);
        Daemon daemon = Daemon.start(options, Map.of(), new ErofsMount(new Mounts()::mount));
        try (Stream<Path> files = Files.walk(mountPoint)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.readAllBytes(file);
            }
            ask(socket);
        } finally {
            daemon.close();
        }
    }

    private static void ask(Path socket) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap("GET /api/v1/daemon HTTP/1.1\r\nHost: nydusd\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(1 << 16);
            while (answer.hasRemaining() && channel.read(answer) >= 0) {
                // Until the other side has said it all.
            }
        }
    }

    /** As registries do: who has no token is sent for one. */
    private static void answer(HttpExchange exchange, Path blobs, int port) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/token")) {
            send(exchange, 200, "{\"token\":\"t\",\"expires_in\":3600}".getBytes(StandardCharsets.US_ASCII));
        } else if (!exchange.getRequestHeaders().containsKey("Authorization")) {
            exchange.getResponseHeaders()
                    .set("WWW-Authenticate", "Bearer realm=\"http://127.0.0.1:" + port + "/token\",service=\"r\"");
            send(exchange, 401, new byte[0]);
        } else if (path.startsWith(BLOBS)) {
            sendPart(exchange, Files.readAllBytes(blobs.resolve(path.substring(BLOBS.length()))));
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
