package io.obd.nydussnapshotter;

import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images served by daemons: by one for each image, or by one for all. Callers for the same image wait for each other,
 * others do not.
 *
 * <p>A mark in the layer's directory names the daemon, from before its start until after its end. So after a crash it is
 * known which daemons may run and what they serve, whatever the mode is now.
 */
final class Daemons implements Images {
    private static final Logger LOG = LoggerFactory.getLogger(Daemons.class);

    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final String MARK = "nydusd";
    private static final String SHARED_MOUNTPOINT = "mnt";

    private final Path root;
    private final boolean shared;
    private final DaemonIds ids;
    private final BlobCache cache;
    private final BlobCheck check;
    private final Optional<SignatureCheck> signatures;
    private final Daemon.Environment environment;
    private final ConcurrentMap<Long, Daemon> serving = new ConcurrentHashMap<>();
    private final ConcurrentMap<Long, Lock> locks = new ConcurrentHashMap<>();
    private final Lock sharedLock = new ReentrantLock();

    /** Guarded by {@link #sharedLock}. */
    private @Nullable Daemon sharedDaemon;

    /**
     * @param root data directory
     * @param shared whether new images go to one daemon
     * @param signatures looks at bootstraps, if they have to be signed
     */
    Daemons(
            Path root,
            boolean shared,
            DaemonIds ids,
            BlobCache cache,
            Optional<SignatureCheck> signatures,
            Daemon.Environment environment) {
        this.root = root;
        this.shared = shared;
        this.ids = ids;
        this.cache = cache;
        this.check = new BlobCheck(environment.configs(), cache);
        this.signatures = signatures;
        this.environment = environment;
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    private <T> T locked(Layer layer, Call<T> call) throws IOException {
        Daemon now = serving.get(layer.id());
        boolean common = now == null ? shared : now.isShared();
        Lock lock = common ? sharedLock : locks.computeIfAbsent(layer.id(), id -> new ReentrantLock());
        lock.lock();
        try {
            return call.run();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Path mount(List<Layer> chain) throws IOException {
        Layer layer = chain.getFirst();
        return locked(layer, () -> {
            RafsInstance instance = RafsInstance.of(layer);
            Daemon before = serving.get(layer.id());
            if (before != null) {
                return before.serve(instance);
            }
            instance.bootstrap().version();
            if (signatures.isPresent()) {
                signatures.get().check(instance);
            }
            cache.addMetas(instance);
            Daemon daemon = shared ? common() : new Daemon(files(), false, instance.mountpoint(), environment);
            Files.writeString(mark(layer), daemon.id());
            try {
                Path seen = serve(daemon, instance, chain);
                serving.put(layer.id(), daemon);
                return seen;
            } catch (IOException | RuntimeException e) {
                takeBack(e, layer, daemon);
                throw e;
            }
        });
    }

    /** The registry is asked for the blobs while the daemon starts. What is wrong with them comes before what a daemon says. */
    private Path serve(Daemon daemon, RafsInstance instance, List<Layer> chain) throws IOException {
        FutureTask<RafsInstance> blobs = new FutureTask<>(() -> {
            check.check(instance, chain);
            return instance;
        });
        Thread.ofVirtual().name("blobs-of-" + instance.snapshot()).start(blobs);
        Path seen;
        try {
            seen = daemon.serve(instance);
        } catch (IOException e) {
            await(blobs);
            throw e;
        }
        try {
            await(blobs);
        } catch (IOException e) {
            daemon.drop(instance.snapshot());
            throw e;
        }
        return seen;
    }

    private static void await(FutureTask<RafsInstance> blobs) throws IOException {
        try {
            blobs.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the registry was asked");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case null, default -> throw new IllegalStateException("the registry cannot be asked", e);
            }
        }
    }

    private Daemon common() {
        if (sharedDaemon == null) {
            sharedDaemon = new Daemon(files(), true, root.resolve(SHARED_MOUNTPOINT), environment);
        }
        return sharedDaemon;
    }

    private DaemonFiles files() {
        return new DaemonFiles(root, ids.next());
    }

    private void takeBack(Exception failure, Layer layer, Daemon daemon) {
        try {
            if (daemon.instances().isEmpty()) {
                daemon.stop();
                forget(daemon);
            }
            Files.deleteIfExists(mark(layer));
        } catch (IOException e) {
            failure.addSuppressed(e); // the mark stays: the next start takes care of it
        }
    }

    private void forget(Daemon daemon) {
        if (daemon.isShared()) {
            sharedDaemon = null;
        }
    }

    @Override
    public void unmount(Layer layer) throws IOException {
        locked(layer, () -> {
            Daemon daemon = serving.get(layer.id());
            if (daemon != null) {
                if (daemon.drop(layer.id())) {
                    forget(daemon);
                }
                serving.remove(layer.id());
            }
            Files.deleteIfExists(mark(layer));
            return layer;
        });
        locks.remove(layer.id());
    }

    /** All daemons. */
    Collection<Daemon> all() {
        return new HashSet<>(serving.values());
    }

    /** Ends all daemons: containers lose their images. */
    void stop() {
        for (Daemon daemon : all()) {
            try {
                daemon.stop();
            } catch (IOException e) {
                LOG.warn("{}", e.getMessage());
            }
        }
    }

    private static Path mark(Layer layer) {
        return layer.directory().resolve(MARK);
    }

    @Override
    public void recover(List<Layer> layers) throws IOException {
        Map<String, List<Layer>> marked = new HashMap<>();
        for (Layer layer : layers) {
            if (Files.exists(mark(layer))) {
                marked.computeIfAbsent(Files.readString(mark(layer)).strip(), id -> new ArrayList<>())
                        .add(layer);
            }
        }
        List<Layer> abandoned = new ArrayList<>();
        for (Map.Entry<String, List<Layer>> daemon : marked.entrySet()) {
            if (!recover(daemon.getKey(), daemon.getValue())) {
                abandoned.addAll(daemon.getValue());
            }
        }
        for (Layer layer : abandoned) {
            abandon(layer);
        }
        for (String id : DaemonFiles.ids(root)) {
            if (all().stream().noneMatch(daemon -> daemon.id().equals(id))) {
                remove(new DaemonFiles(root, id));
            }
        }
        unmountUnknown();
    }

    /**
     * A daemon that runs goes on. One that does not is started when a container wants its image.
     *
     * @return whether it goes on
     */
    private boolean recover(String id, List<Layer> layers) throws IOException {
        DaemonFiles files = new DaemonFiles(root, id);
        List<DaemonProcess> processes = DaemonProcess.serving(files.sockets());
        Optional<DaemonProcess> process =
                processes.stream().filter(Daemons::isSound).findFirst();
        for (DaemonProcess other : processes) {
            if (!process.equals(Optional.of(other))) {
                kill(other); // it was half way of taking a place, or of leaving it
            }
        }
        boolean common = !Files.exists(files.config());
        Path mountpoint = common
                ? root.resolve(SHARED_MOUNTPOINT)
                : RafsInstance.mountpoint(layers.getFirst().directory());
        if (process.isEmpty() || MountTable.read().at(mountpoint).isEmpty()) {
            LOG.warn("nydusd {} is gone: what it served is mounted again when it is wanted", id);
            return false;
        }
        Daemon daemon = new Daemon(files, common, mountpoint, environment);
        List<RafsInstance> instances = new ArrayList<>();
        for (Layer layer : layers) {
            instances.add(RafsInstance.of(layer));
            serving.put(layer.id(), daemon);
        }
        if (common) {
            sharedDaemon = daemon;
        }
        daemon.adopt(process.get(), instances);
        return true;
    }

    /** The kernel goes on with EROFS when its daemon is gone: without the mark nobody would know whose mount that is. */
    private void abandon(Layer layer) throws IOException {
        unmount(RafsInstance.mountpoint(layer.directory()));
        if (sharedDaemon == null) {
            unmount(root.resolve(SHARED_MOUNTPOINT));
        }
        Files.deleteIfExists(mark(layer));
    }

    private void unmount(Path mountpoint) throws IOException {
        new FuseMountpoint(mountpoint, environment.blocking()).clear();
    }

    private static boolean isSound(DaemonProcess process) {
        try {
            return new NydusdClient(process.socket(), END_LIMIT).status().isRunning();
        } catch (NydusdException e) {
            LOG.warn("{}", e.getMessage());
            return false;
        }
    }

    private static void kill(DaemonProcess process) throws IOException {
        process.handle().destroyForcibly();
        try {
            process.awaitEnd(END_LIMIT);
        } catch (InterruptedException e) {
            throw interrupted(process);
        }
    }

    private static void remove(DaemonFiles files) throws IOException {
        for (DaemonProcess process : DaemonProcess.serving(files.sockets())) {
            LOG.info("ending nydusd {} (pid {}), which serves nothing that is known", files.id(), process.pid());
            process.handle().destroy();
            try {
                if (!process.awaitEnd(END_LIMIT)) {
                    kill(process);
                }
            } catch (InterruptedException e) {
                throw interrupted(process);
            }
        }
        files.delete();
    }

    private static InterruptedIOException interrupted(DaemonProcess process) {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while nydusd (pid " + process.pid() + ") ended");
    }

    private void unmountUnknown() throws IOException {
        Set<Path> known = new HashSet<>();
        all().forEach(daemon -> known.add(daemon.mountpoint()));
        for (Mount mount : MountTable.read().below(root)) {
            if (mount.type().startsWith("fuse") && !known.contains(mount.target())) {
                new Mounts().unmountLazily(mount.target());
                LOG.info("unmounted {}, which no daemon serves", mount.target());
            }
        }
    }
}
