package io.obd.nydusd;

import io.obd.linux.Mounts;
import io.obd.registry.RehearsalBlobs;
import io.obd.registry.RehearsalServer;
import java.io.IOException;
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
    private Rehearsal() {}

    /** Takes a directory with {@code boot} and {@code blobs}. Exits with 0 if all went well. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Path.of(arguments[0]);
        Path blobs = directory.resolve("blobs");
        try (RehearsalServer registry = RehearsalServer.start(directory, new RehearsalBlobs(blobs))) {
            String local = "\"localfs\",\"localfs\":{\"dir\":\"%s\"}".formatted(blobs);
            String remote =
                    "\"registry\",\"registry\":{\"scheme\":\"https\",\"skip_verify\":true,\"host\":\"%s\",\"repo\":\"app\"}"
                            .formatted(registry.host());
            int round = 0;
            for (String frontend : List.of("fuse", "auto")) {
                for (String backend : List.of(remote, local)) {
                    serve(Files.createDirectory(directory.resolve("round" + round)), directory, backend, frontend);
                    round++;
                }
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
}
