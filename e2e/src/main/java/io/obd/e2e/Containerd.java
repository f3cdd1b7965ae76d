package io.obd.e2e;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A containerd of our own that knows the snapshotter as {@code overlaybd}. */
final class Containerd implements AutoCloseable {
    private static final Duration COMMAND_LIMIT = Duration.ofMinutes(3);

    private final Path directory;
    private final Installation installation;
    private final Commands commands;
    private final String namespace;
    private @Nullable Daemon daemon;

    Containerd(Path directory, Installation installation, Map<String, String> environment) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.installation = installation;
        this.commands = Commands.in(directory.resolve("ctr")).with(environment).within(COMMAND_LIMIT);
        // runc keeps its state by namespace, for all containerds of a machine together
        this.namespace = "obd-" + ProcessHandle.current().pid();
    }

    void start(Path snapshotterSocket) throws IOException, InterruptedException {
        Path configuration = directory.resolve("config.toml");
        Files.writeString(configuration, configuration(snapshotterSocket));
        Daemon started = Daemon.start(
                "containerd", directory, Map.of(), List.of("containerd", "--config", configuration.toString()));
        daemon = started;
        started.awaitListening(UnixDomainSocketAddress.of(socket()));
    }

    Path socket() {
        return directory.resolve("containerd.sock");
    }

    LogFile log() {
        return new LogFile(directory.resolve("containerd.log"));
    }

    /** The words that lead our ctr to this containerd, for a user who goes on by hand. */
    List<String> ctrPrefix() {
        return List.of(installation.ctr(), "--address", socket().toString(), "--namespace", namespace);
    }

    /** Runs our ctr with these arguments. */
    Run ctr(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(ctrPrefix());
        command.addAll(arguments);
        return commands.run(command);
    }

    Run ctr(String... arguments) throws IOException, InterruptedException {
        return ctr(Arrays.asList(arguments));
    }

    /** Runs a program in a new container and removes the container. */
    Run runOnce(String snapshotter, String image, String id, String... program)
            throws IOException, InterruptedException {
        return ctr(runArguments(List.of("run", "--rm"), snapshotter, image, id, program));
    }

    /** Starts a container that goes on in the background. */
    void runDetached(String snapshotter, String image, String id, String... program)
            throws IOException, InterruptedException {
        ctr(runArguments(List.of("run", "-d"), snapshotter, image, id, program)).orFail();
    }

    /** Runs a program in a running container. */
    Run exec(String id, String... program) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("task", "exec", "--exec-id", "x" + System.nanoTime(), id));
        arguments.addAll(Arrays.asList(program));
        return ctr(arguments);
    }

    /** Where the root of a running container is mounted. */
    Path rootfs(String id) {
        return directory
                .resolve("state/io.containerd.runtime.v2.task")
                .resolve(namespace)
                .resolve(id)
                .resolve("rootfs");
    }

    /** Ends a container and removes it. */
    void remove(String id) throws IOException, InterruptedException {
        Run killed = ctr("task", "kill", "--signal", "SIGKILL", id);
        if (killed.succeeded()) {
            Await.until(
                    "container " + id + " to end",
                    Duration.ofSeconds(20),
                    () -> !ctr("task", "ls")
                            .orFail()
                            .out()
                            .lines()
                            .anyMatch(line -> line.startsWith(id + " ") && line.endsWith("RUNNING")));
            ctr("task", "rm", id);
        }
        ctr("container", "rm", id).orFail();
    }

    List<String> containers() throws IOException, InterruptedException {
        return ctr("container", "ls", "-q").orFail().out().lines().toList();
    }

    List<String> images() throws IOException, InterruptedException {
        return ctr("image", "ls", "-q").orFail().out().lines().toList();
    }

    /** Removes images and everything only they used, before this returns. */
    void removeImages(List<String> images) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("image", "rm", "--sync"));
        arguments.addAll(images);
        ctr(arguments).orFail();
    }

    /** Keys of a snapshotter's snapshots. */
    List<String> snapshots(String snapshotter) throws IOException, InterruptedException {
        return ctr("snapshot", "--snapshotter", snapshotter, "ls")
                .orFail()
                .out()
                .lines()
                .skip(1)
                .map(line -> line.split("\\s+", 2)[0])
                .toList();
    }

    /** Removes all containers and images. */
    void clear() throws IOException, InterruptedException {
        for (String container : containers()) {
            remove(container);
        }
        List<String> images = images();
        if (!images.isEmpty()) {
            removeImages(images);
        }
    }

    @Override
    public void close() {
        if (daemon != null) {
            daemon.close();
            daemon = null;
        }
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
            [grpc]
              address = "%1$s/containerd.sock"
            [plugins."io.containerd.internal.v1.opt"]
              path = "%1$s/opt"
            [proxy_plugins.overlaybd]
              type = "snapshot"
              address = "%2$s"
            """.formatted(directory, snapshotterSocket);
    }

    private static List<String> runArguments(
            List<String> verb, String snapshotter, String image, String id, String... program) {
        List<String> arguments = new ArrayList<>(verb);
        arguments.addAll(List.of("--snapshotter", snapshotter, image, id));
        arguments.addAll(Arrays.asList(program));
        return arguments;
    }
}
