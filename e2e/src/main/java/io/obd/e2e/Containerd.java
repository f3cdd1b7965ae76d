package io.obd.e2e;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A containerd of our own that knows the snapshotter as {@code overlaybd}. */
final class Containerd extends Service {
    private static final Duration COMMAND_LIMIT = Duration.ofMinutes(3);

    private final Path directory;
    private final Installation installation;
    private final Commands commands;
    private final String namespace;

    Containerd(Path directory, Installation installation, Map<String, String> environment) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.installation = installation;
        this.commands = Commands.in(directory.resolve("ctr")).with(environment).within(COMMAND_LIMIT);
        // runc keeps its state by namespace, for all containerds of a machine together
        this.namespace = "obd-" + ProcessHandle.current().pid();
    }

    /** Writes the configuration, with this socket for the snapshotter. */
    void configure(Path snapshotterSocket) throws IOException {
        Files.writeString(configurationFile(), configuration(snapshotterSocket));
    }

    @Override
    Daemon launch() throws IOException {
        return Daemon.start(
                "containerd",
                directory,
                Map.of(),
                List.of("containerd", "--config", configurationFile().toString()));
    }

    @Override
    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(socket());
    }

    /** Our ctr, led to this containerd. */
    Ctr ctr() {
        return new Ctr(
                commands, List.of(installation.ctr(), "--address", socket().toString(), "--namespace", namespace));
    }

    Path socket() {
        return directory.resolve("containerd.sock");
    }

    LogFile log() {
        return new LogFile(directory.resolve("containerd.log"));
    }

    /** Where the root of a running container is mounted. */
    Path rootfs(String id) {
        return directory
                .resolve("state/io.containerd.runtime.v2.task")
                .resolve(namespace)
                .resolve(id)
                .resolve("rootfs");
    }

    private String configuration(Path snapshotterSocket) {
        return """
            version = 2
            root = "%1$s/root"
            state = "%1$s/state"
            disabled_plugins = [
              "io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
              "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
              "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
            [debug]
              level = "warn"
            [grpc]
              address = "%1$s/containerd.sock"
            [plugins."io.containerd.internal.v1.opt"]
              path = "%1$s/opt"
            [proxy_plugins.overlaybd]
              type = "snapshot"
              address = "%2$s"
            """.formatted(directory, snapshotterSocket);
    }

    private Path configurationFile() {
        return directory.resolve("config.toml");
    }
}
