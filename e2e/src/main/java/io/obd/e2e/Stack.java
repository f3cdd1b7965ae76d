package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Registry, proxy if wanted, backend, snapshotter and containerd, all private to one directory. Closing it removes its
 * containers and images and stops the parts in reverse order, however far it came.
 */
final class Stack implements AutoCloseable {
    /** What pods are held by, a name in the registry. */
    static final String SANDBOX_IMAGE = "pause:1";

    private static final Duration TOOL_LIMIT = Duration.ofMinutes(10);

    private final Path directory;
    private final Installation installation;
    private final boolean visibleTools;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Registry registry;
    private final @Nullable Proxy proxy;
    private final Map<String, String> environment;
    private final Backend backend;
    private final Snapshotter snapshotter;
    private final Containerd containerd;

    /**
     * How a stack differs from the usual one.
     *
     * @param throughProxy whether the registry is reached through a proxy only
     * @param visible whether tools that take long write to our own terminal
     * @param backend keys of overlaybd.json
     * @param snapshotter keys of the snapshotter's config.json
     * @param containerd which containerd
     * @param pods whether containerd serves Kubernetes' interface
     */
    record Settings(
            boolean throughProxy,
            boolean visible,
            Map<String, Object> backend,
            Map<String, Object> snapshotter,
            ContainerdRelease containerd,
            boolean pods) {
        static Settings usual() {
            return new Settings(false, false, Map.of(), Map.of(), ContainerdRelease.installed(), false);
        }

        Settings throughAProxy() {
            return new Settings(true, visible, backend, snapshotter, containerd, pods);
        }

        Settings withVisibleTools() {
            return new Settings(throughProxy, true, backend, snapshotter, containerd, pods);
        }

        Settings backend(String key, Object value) {
            return new Settings(throughProxy, visible, with(backend, key, value), snapshotter, containerd, pods);
        }

        Settings snapshotter(String key, Object value) {
            return new Settings(throughProxy, visible, backend, with(snapshotter, key, value), containerd, pods);
        }

        Settings with(ContainerdRelease release) {
            return new Settings(throughProxy, visible, backend, snapshotter, release, pods);
        }

        Settings withPods() {
            return new Settings(throughProxy, visible, backend, snapshotter, containerd, true);
        }

        private static Map<String, Object> with(Map<String, Object> keys, String key, Object value) {
            Map<String, Object> all = new HashMap<>(keys);
            all.put(key, value);
            return all;
        }
    }

    private Stack(Path directory, Installation installation, Settings settings)
            throws IOException, InterruptedException {
        this.directory = Files.createDirectories(directory).toRealPath();
        this.installation = installation;
        this.visibleTools = settings.visible();
        boolean complete = false;
        try {
            registry = closing(Registry.start(
                    this.directory.resolve("registry"), new Registry.User("alice", "correct horse:battery")));
            proxy = settings.throughProxy() ? closing(Proxy.start()) : null;
            environment = environment(proxy);
            backend = closing(new Backend(this.directory.resolve("backend"), installation, environment));
            backend.configure(registry, settings.backend());
            backend.start();
            snapshotter = closing(new Snapshotter(this.directory.resolve("snapshotter"), installation, environment));
            snapshotter.configure(backend.controlSocket(), settings.snapshotter());
            snapshotter.start();
            containerd = closing(new Containerd(
                    this.directory.resolve("containerd"), installation, settings.containerd(), environment));
            containerd.configure(snapshotter.socket(), snapshotter.root(), settings.pods() ? cri() : null);
            containerd.start();
            parts.push(containerd.ctr()::clear);
            complete = true;
        } finally {
            if (!complete) {
                closeParts();
            }
        }
    }

    /** Starts everything; returns when all parts serve. */
    static Stack start(Path directory, Installation installation, Settings settings)
            throws IOException, InterruptedException {
        return new Stack(directory, installation, settings);
    }

    Registry registry() {
        return registry;
    }

    Proxy proxy() {
        if (proxy == null) {
            throw new IllegalStateException("this stack has no proxy");
        }
        return proxy;
    }

    Backend backend() {
        return backend;
    }

    Snapshotter snapshotter() {
        return snapshotter;
    }

    Containerd containerd() {
        return containerd;
    }

    Ctr ctr() {
        return containerd.ctr();
    }

    /** The processes, in the order in which they are to be stopped. */
    List<ProcessHandle> processes() {
        return List.of(containerd.process(), snapshotter.process(), backend.process(), registry.process());
    }

    Path directory() {
        return directory;
    }

    Leftovers leftovers() {
        return new Leftovers(directory);
    }

    /** Where devices of images are mounted: one place for each image that is in use. */
    List<Path> imageMounts() throws IOException {
        return leftovers().mounts().stream()
                .filter(mount -> mount.endsWith("block/mountpoint"))
                .toList();
    }

    /** A repository of the registry, as tools and daemons have to name it. */
    String repository(String name) {
        return (proxy == null ? registry.host() : registry.proxiedHost()) + "/" + name;
    }

    /** Runs the convertor on a repository of the registry. */
    Run convert(String repository, String... arguments) throws IOException, InterruptedException {
        List<String> command = conversion(repository, arguments);
        if (!command.contains("--dir")) {
            command.addAll(List.of("--dir", directory.resolve("tools/convert").toString()));
        }
        Commands commands = Commands.in(directory.resolve("tools"))
                .with(environment)
                .with(Map.of("XDG_CACHE_HOME", directory.resolve("tools/cache").toString()))
                .within(TOOL_LIMIT);
        return (visibleTools ? commands.visible() : commands).run(command);
    }

    /** What {@link #convert} runs. */
    List<String> conversion(String repository, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                installation.convertor(),
                "--repository",
                repository(repository),
                "--username",
                registry.user().pair(),
                "--root-ca",
                registry.authority().toString()));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    /** Pulls an image of the registry lazily. */
    Run rpull(String image) throws IOException, InterruptedException {
        return rpull(image, registry.user());
    }

    Run rpull(String image, Registry.User user, String... flags) throws IOException, InterruptedException {
        return containerd.ctr().run(rpullCommand(image, user, flags));
    }

    /** What {@link #rpull} tells ctr. */
    List<String> rpullCommand(String image, Registry.User user, String... flags) {
        List<String> all = new ArrayList<>(List.of(flags));
        if (!all.contains("--control-socket")) {
            all.addAll(List.of("--control-socket", backend.controlSocket().toString()));
        }
        return pureRpull(image, user, all);
    }

    private List<String> pureRpull(String image, Registry.User user, List<String> flags) {
        List<String> command = new ArrayList<>(List.of(
                "rpull",
                "--user",
                user.pair(),
                "--tlscacert",
                registry.authority().toString()));
        command.addAll(flags);
        command.add(repository(image));
        return command;
    }

    /** Pulls an image without naming the backend: the snapshotter is told the password. */
    Run rpullThroughSnapshotter(String image, Registry.User user) throws IOException, InterruptedException {
        return containerd.ctr().run(pureRpull(image, user, List.of()));
    }

    /** Pulls an image of the registry the way containerd's ctr does. */
    Run pull(String snapshotter, String image, String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "image",
                "pull",
                "--snapshotter",
                snapshotter,
                "--hosts-dir",
                registry.hostsDirectory().toString(),
                "--user",
                registry.user().pair()));
        command.addAll(List.of(flags));
        command.add(registry.host() + "/" + image);
        return containerd.ctr().run(command);
    }

    /** Asks every daemon's log for its last lines. */
    String logs() {
        return backend.log().tail()
                + snapshotter.log().tail()
                + containerd.log().tail();
    }

    @Override
    public void close() throws IOException {
        closeParts();
    }

    /** Pods of this registry; nothing is in it yet. */
    private ContainerdRelease.Cri cri() throws IOException {
        return new ContainerdRelease.Cri(registry.host() + "/" + SANDBOX_IMAGE, registry.hostsDirectory());
    }

    private <T extends AutoCloseable> T closing(T part) {
        parts.push(part);
        return part;
    }

    /** Closes all parts, whatever happens to one of them, and ends what they left behind. */
    private void closeParts() throws IOException {
        IOException failure = null;
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                failure = with(failure, e);
            }
        }
        try {
            leftovers().sweep();
        } catch (IOException e) {
            failure = with(failure, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static IOException with(@Nullable IOException failure, Exception next) {
        if (next instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        IOException all = failure == null ? new StackException("the stack did not stop cleanly") : failure;
        all.addSuppressed(next);
        return all;
    }

    private static Map<String, String> environment(@Nullable Proxy through) {
        Map<String, String> variables = new HashMap<>(Map.of("JAVA_HOME", System.getProperty("java.home")));
        String direct = through == null ? "127.0.0.1,localhost" : "";
        variables.put("NO_PROXY", direct);
        variables.put("no_proxy", direct);
        if (through != null) {
            variables.put("HTTPS_PROXY", through.url());
            variables.put("https_proxy", through.url());
        }
        return variables;
    }
}
