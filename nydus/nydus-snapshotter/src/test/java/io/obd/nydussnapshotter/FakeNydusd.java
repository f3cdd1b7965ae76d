package io.obd.nydussnapshotter;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.linux.Mounts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A program that takes nydusd's flags and answers its API. Images are an empty tmpfs with the file {@code who} in it. Beside
 * the socket it notes what it was started with.
 */
final class FakeNydusd {
    private final Map<String, Path> images = new LinkedHashMap<>();
    private final Path mountpoint;

    private FakeNydusd(Path mountpoint) {
        this.mountpoint = mountpoint;
    }

    /** Writes a launcher of this program, which begins with these lines of shell. */
    static Path launcher(Path directory, String... first) throws IOException {
        Path file = directory.resolve("nydusd");
        Files.writeString(
                file,
                "#!/bin/sh\n" + String.join("\n", first)
                        + """

                        exec '%s' -Xmx32m -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED \
                        --sun-misc-unsafe-memory-access=allow -cp '%s' %s "$@"
                        """.formatted(
                                        Path.of(System.getProperty("java.home"), "bin", "java"),
                                        classPath(),
                                        FakeNydusd.class.getName()));
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    /** The program's and that of what it uses, wherever the tests have them from. */
    private static String classPath() {
        return List.of(FakeNydusd.class, Mounts.class, ObjectMapper.class).stream()
                        .map(type -> type.getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .getPath())
                        .collect(Collectors.joining(":"))
                + ":"
                + System.getProperty("java.class.path");
    }

    public static void main(String[] arguments) throws IOException {
        List<String> words = Arrays.asList(arguments);
        Path socket = Path.of(words.get(words.indexOf("--apisock") + 1));
        Path mountpoint = Path.of(words.get(words.indexOf("--mountpoint") + 1));
        String auth = System.getenv().getOrDefault("IMAGE_PULL_AUTH", "");
        Files.writeString(socket.resolveSibling("started"), String.join(" ", words) + "\n" + auth);
        new Mounts().mount("rafs", mountpoint, "tmpfs", List.of("size=64k"));
        Files.writeString(
                mountpoint.resolve("who"), Long.toString(ProcessHandle.current().pid()));
        new FakeNydusd(mountpoint).serve(socket);
    }

    private void serve(Path socket) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            while (true) {
                SocketChannel connection = server.accept();
                Thread.ofPlatform().start(() -> answer(connection));
            }
        }
    }

    private void answer(SocketChannel connection) {
        try (connection) {
            InputStream in = Channels.newInputStream(connection);
            OutputStream out = Channels.newOutputStream(connection);
            String[] request = line(in).split(" ");
            if (request.length < 2) {
                return; // somebody who only watches
            }
            int length = 0;
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                if (header.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(header.substring(15).strip());
                }
            }
            String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
            String answer = answer(request[0] + " " + request[1].replaceFirst("\\?.*", ""), request[1], body);
            String status = answer.isEmpty() ? "204 No Content" : answer.startsWith("!") ? "500 Error" : "200 OK";
            String json = answer.startsWith("!") ? answer.substring(1) : answer;
            out.write(("HTTP/1.1 " + status + "\r\nContent-Length: " + json.length() + "\r\n\r\n" + json)
                    .getBytes(StandardCharsets.UTF_8));
            if (request[1].equals("/api/v1/daemon/exit")) {
                Runtime.getRuntime().halt(0);
            }
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    private synchronized String answer(String route, String target, String body) throws IOException {
        String query =
                URLDecoder.decode(target.replaceFirst("[^?]*\\??(mountpoint=|id=)?", ""), StandardCharsets.UTF_8);
        return switch (route) {
            case "GET /api/v1/daemon" -> "{\"id\":\"\",\"version\":{\"package_ver\":\"2.4.4\"},\"state\":\"RUNNING\"}";
            case "POST /api/v1/mount" -> {
                if (images.containsKey(query)) {
                    yield "!{\"code\":\"UNDEFINED\",\"message\":\"object or filesystem already exists\"}";
                }
                images.put(query, Path.of("/"));
                Path image = Files.createDirectories(mountpoint.resolve(query.substring(1)));
                Files.writeString(image.resolve("config"), body);
                yield "";
            }
            case "DELETE /api/v1/mount" -> {
                images.remove(query);
                yield "";
            }
            case "PUT /api/v1/config" -> {
                Files.writeString(mountpoint.resolve("credentials"), query + " " + body);
                yield "";
            }
            case "GET /api/v1/metrics/blobcache" ->
                "{\"underlying_files\":[\"/cache/" + "b".repeat(64) + ".blob.data\"]}";
            default -> "";
        };
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).strip();
    }
}
