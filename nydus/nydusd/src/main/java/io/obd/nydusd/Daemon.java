package io.obd.nydusd;

import io.obd.fuse.FuseOptions;
import io.obd.fuse.FuseRead;
import io.obd.fuse.FuseSession;
import io.obd.fuse.FuseTree;
import io.obd.fuse.TreeServer;
import io.obd.httpserver.SocketListener;
import io.obd.linux.Closing;
import io.obd.linux.RawFile;
import io.obd.linux.Reason;
import io.obd.nydusbackend.Backends;
import io.obd.nydusbackend.config.Settings;
import io.obd.nydusbackend.config.SettingsReader;
import io.obd.nydusd.fs.FileRules;
import io.obd.nydusd.fs.KernelImage;
import io.obd.nydusd.fs.MountTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running daemon: a mount, the images in it, and the API. */
final class Daemon implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Daemon.class);

    /** Longer than any fetch with its attempts should take. */
    private static final Duration IO_TIMEOUT = Duration.ofMinutes(2);

    private static final Duration STAND_DOWN = Duration.ofSeconds(20);
    private static final long WATCH_SECONDS = 1;

    private final Options options;
    private final ErofsMount kernel;
    private final SettingsReader reader;
    private final Backends backends;
    private final Events events = new Events();
    private final MountTree tree;
    private final Instant started = Instant.now();
    private final Map<String, MountedImage> images = new LinkedHashMap<>();
    private final CountDownLatch ending = new CountDownLatch(1);
    private int lastIndex;
    private DaemonState state = DaemonState.INIT;
    private @Nullable TreeServer server;
    private @Nullable OwnMount mount;
    private boolean erofs;
    private @Nullable SocketListener listener;
    private @Nullable HandOver received;
    private boolean keepMount;

    private Daemon(Options options, Map<String, String> environment, ErofsMount kernel) {
        this.options = options;
        this.kernel = kernel;
        this.reader = new SettingsReader(environment);
        this.backends = new Backends(environment);
        this.tree = new MountTree(started);
    }

    /**
     * Loads the image of the command line, if there is one, mounts, and listens for requests of the API. A daemon that is to
     * take the place of another one, or finds what is left of one that has died, only listens.
     *
     * @param kernel mounts what the kernel can read itself
     */
    static Daemon start(Options options, Map<String, String> environment, ErofsMount kernel) throws IOException {
        Daemon daemon = new Daemon(options, environment, kernel);
        try {
            daemon.start();
        } catch (IOException | RuntimeException | Error e) {
            Closing.after(e, List.of(daemon)); // a mount that nobody serves would hang whoever looks at it
            throw e;
        }
        return daemon;
    }

    private synchronized void start() throws IOException {
        boolean succeeds = options.upgrade || isOneLeft();
        if (!succeeds) {
            if (!Files.isDirectory(options.mountPoint)) {
                throw new IOException("--mountpoint " + options.mountPoint + " is no directory");
            }
            if (options.bootstrap != null) {
                mountFirst(options.bootstrap);
            }
        }
        if (options.apiSocket != null) {
            Path socket = options.apiSocket.toAbsolutePath();
            Api api = new Api(this);
            // The daemon that is upgraded may still listen there.
            listener = succeeds
                    ? SocketListener.replace("api", socket, handlers -> new ApiHandler(api, handlers))
                    : SocketListener.listen("api", socket, handlers -> new ApiHandler(api, handlers));
        }
        if (!succeeds) {
            server = mountAll();
            mount = OwnMount.at(mountPoint());
            state = DaemonState.RUNNING;
            images.values().forEach(image -> image.prefetcher().start());
            log.info("mounted at {}", options.mountPoint);
        } else {
            log.info("waiting to take over {}", options.mountPoint);
        }
    }

    /**
     * Whether the mount and the socket of a daemon are left that has died: its supervisor keeps the descriptor, and who uses
     * the mount waits. The snapshotter of the originals starts the successor without {@code --upgrade} then.
     */
    private boolean isOneLeft() throws IOException {
        return options.supervisor != null
                && options.apiSocket != null
                && SocketListener.isLeft(options.apiSocket.toAbsolutePath())
                && OwnMount.at(mountPoint()).isMounted();
    }

    private void mountFirst(Path bootstrap) throws IOException {
        String text = options.config != null
                ? Files.readString(options.config)
                : Options.localSettings(Objects.requireNonNull(options.localDirectory));
        Settings settings = options.config != null ? reader.read(options.config) : reader.read("--localfs-dir", text);
        List<String> prefetch = options.prefetchFiles == null
                ? List.of()
                : Files.readAllLines(options.prefetchFiles).stream()
                        .filter(line -> !line.isBlank())
                        .toList();
        add(open(options.virtualMountPoint, bootstrap.toAbsolutePath(), text, settings, prefetch));
    }

    /** Mounts with EROFS what it can be used for, unless that was not wanted. */
    private TreeServer mountAll() throws IOException {
        MountedImage whole = images.get("/");
        FrontendChoice<TreeServer> choice = new FrontendChoice<>(
                () -> TreeServer.mount(mountPoint(), "rafs", options.writable, tree, fuseOptions()));
        Optional<String> obstacle =
                whole == null ? Optional.of("no image is mounted as a whole") : whole.obstacleToErofs();
        FrontendChoice.Mounted<TreeServer> mounted =
                choice.mount(options.frontend, obstacle, () -> mountWithErofs(Objects.requireNonNull(whole)));
        log.info("frontend {}: {}", mounted.isErofs() ? "erofs" : "fuse", mounted.reason());
        erofs = mounted.isErofs();
        return mounted.server();
    }

    private TreeServer mountWithErofs(MountedImage whole) throws IOException {
        KernelImage exported = KernelImage.of(whole.image(), whole.bootstrap());
        return kernel.mount(mountPoint(), options.writable, exported, fuseOptions());
    }

    private FuseOptions fuseOptions() {
        return new FuseOptions(Math.max(2, options.threads), IO_TIMEOUT);
    }

    private Path mountPoint() {
        return options.mountPoint.toAbsolutePath();
    }

    private MountedImage open(
            String mountPoint, Path bootstrap, String config, Settings settings, List<String> prefetch)
            throws IOException {
        settings.warnings().forEach(log::warn);
        lastIndex++;
        return MountedImage.open(
                mountPoint, lastIndex, bootstrap, config, settings, prefetch, Instant.now(), owner(), backends);
    }

    private static FileRules.Owner owner() throws IOException {
        return new FileRules.Owner(
                ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue(),
                ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:gid")).longValue());
    }

    private List<MountTree.Change> add(MountedImage image) {
        images.put(image.mountPoint(), image);
        return tree.mount(image.mountPoint(), image.image());
    }

    /** Mounts an image, at a place where none is. */
    synchronized void mount(String mountPoint, MountRequest request) throws IOException {
        String place = MountPoints.checked(mountPoint);
        if (images.containsKey(place)) {
            throw new IOException("an image is mounted at " + place + " already");
        }
        if (images.containsKey("/") || (place.equals("/") && !images.isEmpty())) {
            throw new IOException("an image at / leaves no place for others");
        }
        for (String other : images.keySet()) {
            if (place.startsWith(other + "/") || other.startsWith(place + "/")) {
                throw new IOException("the image at " + other + " leaves no place for one at " + place);
            }
        }
        MountedImage image = load(place, request);
        invalidate(add(image));
        image.prefetcher().start();
        log.info("mounted {} at {}", image.bootstrap(), place);
    }

    private MountedImage load(String place, MountRequest request) throws IOException {
        if (request.type() != null && !request.type().equals("rafs")) {
            throw new IOException("fs_type " + request.type() + " is not supported, only rafs: what is served must not"
                    + " change, and a directory can be mounted with mount --bind");
        }
        if (request.source() == null || request.config() == null) {
            throw new IOException("source or config is missing");
        }
        Settings settings = reader.read("config of " + place, request.config());
        List<String> prefetch = request.prefetchFiles() == null ? List.of() : request.prefetchFiles();
        return open(place, Path.of(request.source()), request.config(), settings, prefetch);
    }

    /** Serves another image in the place of one that is mounted. */
    synchronized void remount(String mountPoint, MountRequest request) throws IOException {
        MountedImage before = mounted(MountPoints.checked(mountPoint));
        if (erofs) {
            throw new IOException("the kernel reads the image: it can be replaced with --frontend fuse only");
        }
        MountedImage after = load(before.mountPoint(), request);
        List<MountTree.Change> changes = add(after);
        tree.forget(before.image());
        after.prefetcher().start();
        Closing.all(List.<Closeable>of(() -> invalidate(changes), before));
        log.info("mounted {} at {} in the place of another image", after.bootstrap(), after.mountPoint());
    }

    /** Takes an image away. Who has a file of it open gets errors. */
    synchronized void unmount(String mountPoint) throws IOException {
        MountedImage image = mounted(MountPoints.checked(mountPoint));
        if (erofs) {
            throw new IOException("the kernel reads the image: unmount " + options.mountPoint + " itself");
        }
        images.remove(image.mountPoint());
        List<MountTree.Change> changes = tree.unmount(image.mountPoint(), image.image());
        Closing.all(List.<Closeable>of(() -> invalidate(changes), image));
        log.info("unmounted {}", image.mountPoint());
    }

    private MountedImage mounted(String mountPoint) throws IOException {
        MountedImage image = images.get(mountPoint);
        if (image == null) {
            throw new IOException("nothing is mounted at " + mountPoint);
        }
        return image;
    }

    private void invalidate(List<MountTree.Change> changes) throws IOException {
        if (server == null) {
            return;
        }
        for (MountTree.Change change : changes) {
            server.invalidate(change.directory(), change.name().toBytes());
        }
    }

    /** Hands what a successor needs to the supervisor, and goes on. It may have taken that over and not have served it yet. */
    synchronized void send() throws IOException {
        if (options.supervisor == null) {
            throw new IOException("there is no supervisor");
        }
        if (server != null) {
            handOver(server.session()).send(options.supervisor, server.device());
        } else if (received != null) {
            handOver(received.fuse()).send(options.supervisor, received.device());
        } else {
            throw new IOException("nothing is served");
        }
        log.info("state and descriptor were sent to {}", options.supervisor);
    }

    private HandOver handOver(FuseSession session) {
        return HandOver.of(session, erofs, tree, lastIndex, images.values());
    }

    /** Gets what a daemon before has handed to the supervisor. */
    synchronized void takeOver() throws IOException {
        if (options.supervisor == null || state != DaemonState.INIT) {
            throw new IOException("there is no supervisor, or this daemon is past its beginning");
        }
        HandOver handOver = HandOver.receive(options.supervisor);
        List<MountedImage> opened = open(handOver);
        tree.restore(handOver.directories());
        opened.forEach(this::add);
        lastIndex = handOver.lastIndex();
        erofs = handOver.isErofs();
        received = handOver;
        state = DaemonState.READY;
        log.info("ready to serve {} with {} images", mountPoint(), images.size());
    }

    /** All of them or none. */
    private List<MountedImage> open(HandOver handOver) throws IOException {
        List<MountedImage> opened = new ArrayList<>();
        try {
            for (HandOver.Image image : handOver.images()) {
                MountedImage mounted = MountedImage.open(
                        image.mountPoint(),
                        image.index(),
                        Path.of(image.bootstrap()),
                        image.config(),
                        settings(image),
                        image.prefetchFiles(),
                        Instant.ofEpochSecond(image.mountedSeconds(), image.mountedNanoseconds()),
                        owner(),
                        backends);
                opened.add(mounted);
                String proxy = image.proxy();
                if (proxy != null) {
                    mounted.backend().route().ifPresent(route -> route.useProxy(proxy));
                }
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            List<Closeable> taken = new ArrayList<>(opened);
            taken.add(handOver.device());
            Closing.after(e, taken);
            throw e;
        }
    }

    /** Whoever starts a successor for the image of its command line gives it the credentials of now. */
    private Settings settings(HandOver.Image image) throws IOException {
        String given = options.bootstrap == null ? "" : reader.imagePullAuth();
        return reader.read("config of " + image.mountPoint(), image.config(), given.isEmpty() ? image.auth() : given);
    }

    /** Begins to serve what was taken over. */
    synchronized void serve() throws IOException {
        if (state == DaemonState.RUNNING) {
            return;
        }
        if (received == null) {
            throw new IOException("nothing was taken over yet");
        }
        RawFile device = received.device();
        MountedImage whole = images.get("/");
        FuseTree served = erofs && whole != null ? KernelImage.of(whole.image(), whole.bootstrap()) : tree;
        mount = OwnMount.at(mountPoint()); // before anything is served: if this fails it can be tried again
        server = TreeServer.takeOver(
                received.fuse(), device, options.failoverPolicy.equals("resend"), served, fuseOptions());
        received = null;
        state = DaemonState.RUNNING;
        log.info("serving {} in the place of another daemon", mountPoint());
    }

    /** Ends the process and leaves the mount, for a successor or for who unmounts it. */
    void exit() {
        synchronized (this) {
            keepMount = true;
        }
        ending.countDown();
    }

    /** Returns when this daemon is to end. */
    void awaitEnd() throws InterruptedException {
        while (!ending.await(WATCH_SECONDS, TimeUnit.SECONDS)) {
            synchronized (this) {
                if (server != null && !server.isServing()) {
                    log.info("{} was unmounted", options.mountPoint);
                    return;
                }
            }
        }
    }

    synchronized DaemonState state() {
        return state;
    }

    Options options() {
        return options;
    }

    Events events() {
        return events;
    }

    synchronized List<MountedImage> images() {
        return List.copyOf(images.values());
    }

    /** The reads that have no answer yet. */
    synchronized List<FuseRead> readsUnderWay() {
        return server == null ? List.of() : server.readsUnderWay();
    }

    /** The image of an instance: its mountpoint, or the identity of its configuration. */
    synchronized Optional<MountedImage> image(String id) {
        if (id.isEmpty()) {
            return images.size() == 1 ? Optional.of(images.values().iterator().next()) : Optional.empty();
        }
        return images.values().stream()
                .filter(image -> image.mountPoint().equals(id)
                        || image.mountPoint().equals("/" + id)
                        || image.settings().id().equals(id))
                .findFirst();
    }

    /** Unmounts, unless the mount is to stay, and closes all files. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            if (state == DaemonState.STOPPED) {
                return;
            }
            state = DaemonState.STOPPED;
        }
        List<Closeable> parts = new ArrayList<>();
        TreeServer served = server;
        if (served != null && keepMount) {
            parts.add(() -> standDown(served));
        } else if (served != null) {
            parts.add(() -> unmount(served));
            parts.add(served);
        }
        if (listener != null) {
            parts.add(listener);
        }
        parts.addAll(images());
        if (received != null) {
            parts.add(received.device());
        }
        Closing.all(parts);
        log.info("stopped");
    }

    private void unmount(TreeServer served) throws IOException {
        if (served.isServing()) {
            (mount == null ? OwnMount.uppermost(mountPoint()) : mount).unmount();
        }
    }

    private static void standDown(TreeServer server) {
        try {
            if (!server.standDown(STAND_DOWN)) {
                log.warn("requests were left for the next daemon");
            }
        } catch (IOException e) {
            log.error("requests may be left for the next daemon: {}", Reason.withCauses(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
