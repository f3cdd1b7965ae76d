package io.obd.e2e;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A containerd of our own that knows the snapshotter as {@code overlaybd}. */
final class Containerd extends Service {
    private static final Duration COMMAND_LIMIT = Duration.ofMinutes(3);

    private static final String SAMPLE_SOCKET = "/run/overlaybd-snapshotter/overlaybd.sock";
    private static final String SAMPLE_ROOT = "/var/lib/containerd/io.containerd.snapshotter.v1.overlaybd";

    private static final String CRI_SAMPLE = "cri-1.x.toml";
    private static final String NYDUS_SAMPLE = "proxy-plugin-nydus.toml";
    private static final String NYDUS_SOCKET = "/run/containerd-nydus/containerd-nydus-grpc.sock";
    private static final String NYDUS_ROOT = "/var/lib/containerd/io.containerd.snapshotter.v1.nydus";

    private final Path directory;
    private final Installation installation;
    private final ContainerdRelease release;
    private final Commands commands;
    private final String namespace;

    Containerd(Path directory, Installation installation, ContainerdRelease release, Map<String, String> environment)
            throws IOException {
        this.directory = Files.createDirectories(directory);
        this.installation = installation;
        this.release = release;
        this.commands = Commands.in(directory.resolve("ctr"))
                .with(environment)
                .with(release.environment())
                .within(COMMAND_LIMIT);
        // runc keeps its state by namespace, for all containerds of a machine together
        this.namespace = "obd-" + ProcessHandle.current().pid();
    }

    /**
     * Writes the configuration: that of the samples, with this socket and directory of the snapshotter.
     *
     * @param cri what pods need; null leaves Kubernetes' interface out
     */
    void configure(Path snapshotterSocket, Path snapshotterRoot, ContainerdRelease.@Nullable Cri cri)
            throws IOException {
        StringBuilder text = new StringBuilder(release.configuration(directory, cri));
        for (String sample : release.samples(cri != null)) {
            text.append(Files.readString(installation.containerdSample(sample))
                    .replace(SAMPLE_SOCKET, snapshotterSocket.toString())
                    .replace(SAMPLE_ROOT, snapshotterRoot.toString()));
        }
        Files.writeString(configurationFile(), text);
    }

    /**
     * Writes the configuration with the nydus snapshotter instead, as {@code nydus}.
     *
     * @param cri what pods need; null leaves Kubernetes' interface out
     */
    void configure(NydusSnapshotter snapshotter, ContainerdRelease.@Nullable Cri cri) throws IOException {
        StringBuilder text = new StringBuilder(release.configuration(directory, cri));
        text.append(Files.readString(installation.containerdSample(NYDUS_SAMPLE))
                .replace(NYDUS_SOCKET, snapshotter.socket().toString())
                .replace(NYDUS_ROOT, snapshotter.root().toString()));
        if (cri != null) {
            text.append(
                    Files.readString(installation.containerdSample(CRI_SAMPLE)).replace("overlaybd", "nydus"));
        }
        Files.writeString(configurationFile(), text);
    }

    @Override
    Daemon launch() throws IOException {
        return Daemon.start(
                "containerd",
                directory,
                release.environment(),
                List.of(release.program(), "--config", configurationFile().toString()));
    }

    @Override
    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(socket());
    }

    /** Our ctr, led to this containerd. */
    Ctr ctr() {
        return ctr(namespace);
    }

    /** The same, led to another namespace than the tests'. */
    Ctr ctr(String namespace) {
        return new Ctr(
                commands, List.of(installation.ctr(), "--address", socket().toString(), "--namespace", namespace));
    }

    String namespace() {
        return namespace;
    }

    Path socket() {
        return directory.resolve("containerd.sock");
    }

    /** Where its data is. */
    Path root() {
        return directory.resolve("root");
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

    private Path configurationFile() {
        return directory.resolve("config.toml");
    }
}
