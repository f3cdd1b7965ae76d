package io.obd.e2e;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.unixhttp.UnixHttp;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The nydus snapshotter with its own root, socket and credentials, configured by the files that users get. */
final class NydusSnapshotter extends Service {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String SAMPLE_SOCKET = "/run/containerd-nydus/containerd-nydus-grpc.sock";
    private static final String SAMPLE_ROOT = "/var/lib/containerd/io.containerd.snapshotter.v1.nydus";

    private final Path directory;
    private final Installation installation;
    private final Map<String, String> environment;

    NydusSnapshotter(Path directory, Installation installation, Map<String, String> environment) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.installation = installation;
        this.environment = new HashMap<>(environment);
        this.environment.put("DOCKER_CONFIG", directory.toString());
    }

    Path socket() {
        return directory.resolve("grpc.sock");
    }

    Path root() {
        return directory.resolve("root");
    }

    /** What daemons have read. */
    Path cache() {
        return root().resolve("cache");
    }

    /** Where the system API is. */
    private Path system() {
        return directory.resolve("system.sock");
    }

    /**
     * Asks the system API.
     *
     * @return the body of the answer
     */
    String ask(String method, String path, String body) throws IOException {
        return new UnixHttp(system(), LIMIT)
                .exchange(method, path, body.getBytes(StandardCharsets.UTF_8))
                .body();
    }

    LogFile log() {
        return new LogFile(directory.resolve("containerd-nydus-grpc.log"));
    }

    /**
     * Writes the configuration, with the system API on.
     *
     * @param mode {@code dedicated} or {@code shared}
     * @param recovery what happens when a daemon dies
     * @param authority what signs the certificates of registries
     */
    void configure(String mode, String recovery, Path authority) throws IOException {
        String config = Files.readString(installation.nydusConfiguration("config.toml"))
                .replace(SAMPLE_SOCKET, socket().toString())
                .replace(SAMPLE_ROOT, root().toString())
                .replace("daemon_mode = \"dedicated\"", "daemon_mode = \"" + mode + "\"")
                .replace("recover_policy = \"restart\"", "recover_policy = \"" + recovery + "\"")
                .replace("/usr/local/bin/nydusd", installation.nydus("nydusd"))
                .replace("/etc/nydus/nydusd-config.json", template().toString());
        Files.writeString(directory.resolve("config.toml"), config + """

            [system]
            enable = true
            address = "%s"
            """.formatted(system()));
        ObjectNode json =
                (ObjectNode) Json.read(Files.readString(installation.nydusConfiguration("nydusd-config.json")));
        ((ObjectNode) json.at("/device/backend/config"))
                .putArray("ca_cert_files")
                .add(authority.toString());
        json.put("digest_validate", true);
        Files.writeString(template(), Json.write(json));
    }

    /** Who reads images from the registry from now on. */
    void login(String dockerConfig) throws IOException {
        Files.writeString(directory.resolve("config.json"), dockerConfig);
    }

    /** Processes of daemons. */
    List<ProcessHandle> daemons() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .arguments()
                        .filter(words -> List.of(words).stream().anyMatch(word -> word.startsWith(root() + "/socket/")))
                        .isPresent())
                .toList();
    }

    /** What configurations of daemons are made of. */
    Path template() {
        return directory.resolve("nydusd-config.json");
    }

    @Override
    Daemon launch() throws IOException {
        return Daemon.start(
                "containerd-nydus-grpc",
                directory,
                environment,
                List.of(
                        installation.nydus("containerd-nydus-grpc"),
                        "--config",
                        directory.resolve("config.toml").toString()));
    }

    @Override
    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(socket());
    }

    /** Stops it, and the daemons that would go on without it. */
    @Override
    public void close() {
        stop();
        daemons().forEach(ProcessHandle::destroyForcibly);
    }
}
