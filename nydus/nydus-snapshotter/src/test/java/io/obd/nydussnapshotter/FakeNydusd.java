package io.obd.nydussnapshotter;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.linux.MessageSocket;
import io.obd.linux.Mounts;
import io.obd.linux.RawFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A program that takes nydusd's flags and answers its API. Images are an empty tmpfs with the file {@code who} in it. Beside
 * the socket it notes what it was started with. The request that is {@code DIES_AT} in its environment kills it; {@code VERSION}
 * there is what it says that it is; with {@code STAYS} it notes that it is to end in the file of that name, and does not.
 */
final class FakeNydusd {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String VERSION = System.getenv().getOrDefault("VERSION", "2.4.4");

    private final Map<String, Path> images = new LinkedHashMap<>();
    private final Path mountpoint;
    private final Optional<Path> supervisor;
    private String state;

    private FakeNydusd(Path mountpoint, Optional<Path> supervisor, String state) {
        this.mountpoint = mountpoint;
        this.supervisor = supervisor;
        this.state = state;
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
        if (words.contains("--version")) {
            System.out.println("Version: \t" + VERSION + "\nProfile: \trelease");
            return;
        }
        Path socket = Path.of(words.get(words.indexOf("--apisock") + 1));
        Path mountpoint = Path.of(words.get(words.indexOf("--mountpoint") + 1));
        String auth = System.getenv().getOrDefault("IMAGE_PULL_AUTH", "");
        Files.writeString(socket.resolveSibling("started"), String.join(" ", words) + "\n" + auth);
        boolean upgrade = words.contains("--upgrade");
        int supervisor = words.indexOf("--supervisor");
        FakeNydusd nydusd = new FakeNydusd(
                mountpoint,
                supervisor < 0 ? Optional.empty() : Optional.of(Path.of(words.get(supervisor + 1))),
                upgrade ? "INIT" : "RUNNING");
        if (!upgrade) {
            new Mounts().mount("rafs", mountpoint, "tmpfs", List.of("size=64k"));
            nydusd.sign();
        }
        nydusd.serve(socket);
    }

    private void sign() throws IOException {
        Files.writeString(
                mountpoint.resolve("who"), Long.toString(ProcessHandle.current().pid()));
    }

    /** Hands its number over as its state, and some descriptor. */
    private void send() throws IOException {
        try (MessageSocket socket = MessageSocket.connectStream(supervisor.orElseThrow(), LIMIT);
                RawFile device = RawFile.open(Path.of("/dev/null"), RawFile.READ_ONLY)) {
            byte[] number = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
            socket.send(ByteBuffer.allocateDirect(number.length).put(number).flip(), List.of(device));
        }
    }

    private void takeOver() throws IOException {
        try (MessageSocket socket = MessageSocket.connectStream(supervisor.orElseThrow(), LIMIT)) {
            ByteBuffer part = ByteBuffer.allocateDirect(MessageSocket.MAX_MESSAGE);
            int descriptors = socket.receive(part, Path.of("/dev/fuse")).size();
            Files.writeString(mountpoint.resolve("after"), StandardCharsets.UTF_8.decode(part) + " " + descriptors);
        }
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
            if (request[1].equals("/api/v1/daemon/exit") && System.getenv("STAYS") != null) {
                Files.writeString(Path.of(System.getenv("STAYS")), "");
            } else if (request[1].equals("/api/v1/daemon/exit")) {
                Runtime.getRuntime().halt(0);
            }
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    private synchronized String answer(String route, String target, String body) throws IOException {
        if (route.equals(System.getenv("DIES_AT"))) {
            Runtime.getRuntime().halt(1);
        }
        String query =
                URLDecoder.decode(target.replaceFirst("[^?]*\\??(mountpoint=|id=)?", ""), StandardCharsets.UTF_8);
        return switch (route) {
            case "GET /api/v1/daemon" ->
                "{\"id\":\"\",\"version\":{\"package_ver\":\"" + VERSION + "\"},\"state\":\"" + state + "\"}";
            case "PUT /api/v1/daemon/fuse/sendfd" -> {
                if (supervisor.isEmpty()) {
                    yield "!{\"code\":\"UNDEFINED\",\"message\":\"there is no supervisor\"}";
                }
                send();
                yield "";
            }
            case "PUT /api/v1/daemon/fuse/takeover" -> {
                takeOver();
                state = "READY";
                yield "";
            }
            case "PUT /api/v1/daemon/start" -> {
                sign();
                state = "RUNNING";
                yield "";
            }
            case "GET /api/v1/metrics" ->
                "{\"data_read\":2048,\"fop_hits\":[0,0,0,0,7],\"fop_errors\":[0,0,0,0,1],\"read_latency_dist\":[1,2,0,0,0,0,0,4]}";
            case "GET /api/v1/metrics/inflight" -> "[{\"inode\":1,\"opcode\":15,\"unique\":1,\"timestamp_secs\":1000}]";
            case "POST /api/v1/mount" -> {
                if (images.containsKey(query)) {
                    yield "!{\"code\":\"UNDEFINED\",\"message\":\"object or filesystem already exists\"}";
                }
                Path bootstrap =
                        Path.of(new ObjectMapper().readTree(body).path("source").asText());
                if (!Files.exists(bootstrap)) {
                    yield "!{\"code\":\"UNDEFINED\",\"message\":\"no such bootstrap\"}";
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
