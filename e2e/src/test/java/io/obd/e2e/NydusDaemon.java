package io.obd.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A running nydusd. */
final class NydusDaemon implements AutoCloseable {
    private static final int ANSWER = 1 << 16;

    private final Daemon daemon;
    private final Path socket;
    private final Path mountPoint;

    private NydusDaemon(Daemon daemon, Path socket, Path mountPoint) {
        this.daemon = daemon;
        this.socket = socket;
        this.mountPoint = mountPoint;
    }

    /** What the API answered. */
    record Answer(int status, String body) {
        JsonNode json() throws IOException {
            return Json.read(body);
        }
    }

    /**
     * Starts a daemon and waits until its API answers with a state.
     *
     * @param name of its log and its socket
     */
    static NydusDaemon start(Path directory, String name, Path mountPoint, String state, List<String> options)
            throws IOException, InterruptedException {
        if (!options.contains("--upgrade")) {
            Files.createDirectories(mountPoint);
        }
        Path socket = directory.resolve(name + ".sock");
        List<String> command = new ArrayList<>(command(mountPoint, options));
        command.addAll(List.of("--apisock", socket.toString()));
        NydusDaemon nydusd = new NydusDaemon(Daemon.start(name, directory, Map.of(), command), socket, mountPoint);
        try {
            nydusd.daemon.awaitReady(() -> Files.exists(socket) && state.equals(nydusd.state()));
            return nydusd;
        } catch (IOException e) {
            nydusd.close();
            throw e;
        }
    }

    /** The command line of a daemon. */
    static List<String> command(Path mountPoint, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(TestEnvironment.installation().nydus("nydusd"), "--mountpoint", mountPoint.toString()));
        command.addAll(options);
        return command;
    }

    String state() throws IOException {
        return request("GET", "/api/v1/daemon", "").json().get("state").asText();
    }

    Answer request(String method, String path, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head =
                "%s %s HTTP/1.1\r\nHost: nydusd\r\nContent-Length: %d\r\n\r\n".formatted(method, path, content.length);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
            channel.write(ByteBuffer.wrap(content));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer part = ByteBuffer.allocate(ANSWER);
            while (channel.read(part.clear()) >= 0) {
                answer.write(part.array(), 0, part.position());
            }
            String text = answer.toString(StandardCharsets.UTF_8);
            return new Answer(Integer.parseInt(text.split(" ", 3)[1]), text.substring(text.indexOf("\r\n\r\n") + 4));
        }
    }

    /** Mounts an image below the mountpoint. */
    Answer mount(String place, Path bootstrap, String config) throws IOException {
        String request = Json.write(Map.of("fs_type", "rafs", "source", bootstrap.toString(), "config", config));
        return request("POST", "/api/v1/mount?mountpoint=" + place, request);
    }

    Path mountPoint() {
        return mountPoint;
    }

    LogFile log() {
        return daemon.log();
    }

    /** Ends it as a crash would; its mount stays. */
    void kill() throws InterruptedException {
        daemon.kill();
    }

    int awaitEnd(Duration limit) throws IOException, InterruptedException {
        return daemon.awaitEnd(limit);
    }

    /** Asks it to end, which unmounts. */
    @Override
    public void close() {
        daemon.close();
    }
}
