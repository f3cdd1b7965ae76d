package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Registry, nydus snapshotter and containerd, all private to one directory. */
final class NydusStack implements AutoCloseable {
    private final Path directory;
    private final Registry registry;
    private final NydusSnapshotter snapshotter;
    private final Containerd containerd;

    /**
     * How a stack differs from the usual one.
     *
     * @param mode {@code dedicated} or {@code shared}
     * @param recovery what happens when a daemon dies
     * @param pods whether containerd serves Kubernetes' interface
     */
    record Settings(String mode, String recovery, boolean pods) {
        static Settings usual() {
            return new Settings("dedicated", "restart", false);
        }

        /** A daemon for each image, which is supervised. */
        static Settings supervised() {
            return new Settings("dedicated", "failover", false);
        }

        /** One daemon for all images, which is supervised, and pods. */
        static Settings shared() {
            return new Settings("shared", "failover", true);
        }
    }

    private NydusStack(Path directory, Registry registry, NydusSnapshotter snapshotter, Containerd containerd) {
        this.directory = directory;
        this.registry = registry;
        this.snapshotter = snapshotter;
        this.containerd = containerd;
    }

    /** Starts everything; returns when all parts serve. */
    static NydusStack start(Path place, Installation installation, Settings settings)
            throws IOException, InterruptedException {
        Path directory = Files.createDirectories(place).toRealPath();
        Map<String, String> environment = Map.of(
                "JAVA_HOME", System.getProperty("java.home"),
                "NO_PROXY", "127.0.0.1,localhost",
                "no_proxy", "127.0.0.1,localhost");
        Registry registry =
                Registry.start(directory.resolve("registry"), new Registry.User("alice", "correct horse:battery"));
        NydusStack stack = new NydusStack(
                directory,
                registry,
                new NydusSnapshotter(directory.resolve("n"), installation, environment),
                new Containerd(
                        directory.resolve("containerd"), installation, ContainerdRelease.installed(), environment));
        try {
            stack.snapshotter.configure(settings.mode(), settings.recovery(), registry.authority());
            stack.snapshotter.login(registry.credentials(registry.user()));
            stack.snapshotter.start();
            stack.containerd.configure(stack.snapshotter, settings.pods() ? stack.cri() : null);
            stack.containerd.start();
            return stack;
        } catch (IOException | InterruptedException | RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    private ContainerdRelease.Cri cri() throws IOException {
        return new ContainerdRelease.Cri(image(Stack.SANDBOX_IMAGE), registry.hostsDirectory());
    }

    Registry registry() {
        return registry;
    }

    NydusSnapshotter snapshotter() {
        return snapshotter;
    }

    Containerd containerd() {
        return containerd;
    }

    Ctr ctr() {
        return containerd.ctr();
    }

    /** An image of the registry, as it is named here. */
    String image(String name) {
        return registry.host() + "/" + name;
    }

    /** Pulls an image of the registry with our ctr. */
    Run rpull(String name, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "rpull",
                "--snapshotter",
                "nydus",
                "--user",
                registry.user().pair(),
                "--tlscacert",
                registry.authority().toString()));
        command.addAll(List.of(options));
        command.add(image(name));
        return ctr().run(command);
    }

    /** Where images are mounted. */
    List<Path> imageMounts() throws IOException {
        return new Leftovers(snapshotter.root()).mounts();
    }

    String logs() {
        return snapshotter.log().tail() + containerd.log().tail();
    }

    @Override
    public void close() throws IOException {
        try {
            if (Files.exists(containerd.socket())) {
                ctr().clear();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            containerd.close();
            snapshotter.close();
            registry.close();
            sweep();
        }
    }

    private void sweep() throws IOException {
        try {
            new Leftovers(directory).sweep();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
