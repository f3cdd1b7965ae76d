package io.obd.nydussnapshotter;

import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One nydusd and the images that it serves: one image that it was started with, or any number that it was told of. It
 * is started when an image is first wanted and ends with the last of them. One that dies is followed by another, if the
 * policy says so.
 */
final class Daemon {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final DaemonFiles files;
    private final boolean shared;
    private final FuseMountpoint mount;
    private final Environment environment;
    private final HandedOver handedOver;
    private final DaemonStarts starts;
    private final Restarts restarts = new Restarts();
    private final Lock lock = new ReentrantLock();

    // Guarded by the lock, but for readers that want to know the state of the moment.
    private final Map<Long, RafsInstance> instances = new HashMap<>();
    private final Set<Long> told = new HashSet<>();
    private volatile NydusdClient api;
    private volatile @Nullable DaemonRun run;

    /**
     * What all daemons need.
     *
     * @param prefetch what is to be fetched of images before it is asked for
     */
    record Environment(
            Nydusd nydusd,
            InstanceConfigs configs,
            RecoverPolicy policy,
            PrefetchLists prefetch,
            BlockingCalls blocking,
            DaemonEvents events) {}

    /**
     * @param shared whether it serves any number of images, below its mountpoint
     * @param mountpoint where it mounts
     */
    Daemon(DaemonFiles files, boolean shared, Path mountpoint, Environment environment) {
        this.files = files;
        this.shared = shared;
        this.mount = new FuseMountpoint(mountpoint, environment.blocking());
        this.environment = environment;
        this.handedOver = new HandedOver(files, environment.policy());
        this.starts = new DaemonStarts(files, shared, mountpoint, handedOver.socket(), environment);
        this.api = DaemonStarts.client(files.socket());
    }

    String id() {
        return files.id();
    }

    boolean isShared() {
        return shared;
    }

    Path mountpoint() {
        return mount.path();
    }

    NydusdClient api() {
        return api;
    }

    DaemonFiles files() {
        return files;
    }

    /** Where its process serves the API. */
    Path socket() {
        return api.socket();
    }

    /** Where its process is to find who keeps what a successor needs. */
    Optional<Path> supervisor() {
        return handedOver.socket();
    }

    /** What the program of its process says that it is; empty if it does not, or there is no process. */
    String version() {
        DaemonRun now = run;
        return now == null ? "" : now.version();
    }

    /** Percent of a processor that its process used in its first seconds, if that is looked at. */
    double startupCpu() {
        DaemonRun now = run;
        return now == null ? 0 : now.startupCpu();
    }

    /** The images that it serves. */
    Collection<RafsInstance> instances() {
        return locked(() -> List.copyOf(instances.values()));
    }

    /** Its process, while it runs. */
    Optional<DaemonProcess> process() {
        return locked(() -> Optional.ofNullable(run).map(DaemonRun::process).filter(DaemonProcess::isAlive));
    }

    /** Where an image of it is seen. */
    Path seen(RafsInstance instance) {
        return shared ? mount.path().resolve(Long.toString(instance.snapshot())) : mount.path();
    }

    /** By which it tells the image from others in its figures. */
    private String metricsId(RafsInstance instance) {
        return shared ? instance.id() : "";
    }

    /** What it says about one of its images. */
    ImageSeries.Answers answers(RafsInstance instance) throws NydusdException {
        String id = metricsId(instance);
        return new ImageSeries.Answers(api.reads(id), api.cache(id));
    }

    /**
     * Names of the cache files that its images use.
     *
     * @throws IOException if it does not say
     */
    Set<String> cacheFiles() throws IOException {
        Set<String> names = new HashSet<>();
        for (RafsInstance instance : instances()) {
            for (String file : api.cacheFiles(metricsId(instance))) {
                Path name = Path.of(file).getFileName();
                names.add(name == null ? file : name.toString());
            }
        }
        return names;
    }

    private interface Call<T, E extends Exception> {
        T run() throws E;
    }

    private <T, E extends Exception> T locked(Call<T, E> call) throws E {
        lock.lock();
        try {
            return call.run();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Serves an image from now on; one that is served already is only looked after.
     *
     * @return where it is seen
     */
    Path serve(RafsInstance instance) throws IOException {
        return locked(() -> {
            boolean isNew = instances.putIfAbsent(instance.snapshot(), instance) == null;
            try {
                if (running() == null) {
                    start();
                }
                if (shared && !told.contains(instance.snapshot())) {
                    tell(instance);
                    handedOver.renew(api);
                }
                return seen(instance);
            } catch (IOException e) {
                if (isNew) {
                    instances.remove(instance.snapshot());
                    files.delete(instance);
                }
                throw new IOException(
                        "nydusd " + files.id() + " does not serve snapshot " + instance.snapshot() + " ("
                                + instance.image() + "): " + e.getMessage(),
                        e);
            }
        });
    }

    private void tell(RafsInstance instance) throws IOException {
        starts.tell(Objects.requireNonNull(run), instance);
        told.add(instance.snapshot());
    }

    /** The process, if it lives and serves the mount; else null. */
    private @Nullable DaemonRun running() throws IOException {
        DaemonRun now = run;
        return now != null && now.isAlive() && mount.isMounted() ? now : null;
    }

    /** Has a process serve all images there are: in the place of the one before, if that can be, else from the beginning. */
    private void start() throws IOException {
        if (handedOver.isThere() && mount.isMounted()) {
            try {
                goOn();
                return;
            } catch (IOException e) {
                LOG.error(
                        "nydusd {} has no successor that goes on, containers see I/O errors: {}",
                        files.id(),
                        e.getMessage());
            }
        }
        begin();
    }

    private void begin() throws IOException {
        end();
        mount.clear();
        DaemonRun first;
        try {
            first = starts.begin(instances.values());
        } catch (IOException e) {
            mount.clear();
            throw e;
        }
        serveWith(first);
        if (shared) {
            tellAll();
        }
        handedOver.renew(first.api());
    }

    /** One image that cannot be served is no reason not to serve the others; it is tried again when it is wanted. */
    private void tellAll() {
        told.clear();
        for (RafsInstance instance : instances.values()) {
            try {
                tell(instance);
            } catch (IOException e) {
                LOG.error(
                        "nydusd {} does not serve snapshot {} ({}): {}",
                        files.id(),
                        instance.snapshot(),
                        instance.image(),
                        e.getMessage());
            }
        }
    }

    /** A process that lives takes the place of one that died, with what that one has handed over. */
    private void goOn() throws IOException {
        DaemonRun successor = starts.successor(environment.nydusd(), files.socket(), instances.values());
        try {
            handedOver.give(successor.api());
            successor.api().start();
        } catch (IOException e) {
            successor.abandon();
            throw e;
        }
        succeedWith(successor);
        LOG.info("nydusd {} goes on where the one before ended: containers have waited for it", files.id());
    }

    private void succeedWith(DaemonRun successor) {
        serveWith(successor);
        starts.tellCredentials(successor, instances.values());
        handedOver.renewUnchanged(successor.api());
    }

    private void serveWith(DaemonRun started) {
        run = started;
        api = started.api();
        environment.events().happened("RUNNING");
        LOG.info("nydusd {} (pid {}) serves {}", files.id(), started.process().pid(), mount.path());
        started.watch(this::ended);
        started.profile(environment.nydusd().settings().startup());
    }

    /**
     * Exchanges the process for one of another program. Who reads only waits a little.
     *
     * @param wanted what the new program has to say that its version is; empty for any
     * @throws IOException if that does not work out; unless the text says otherwise the process goes on as before
     */
    void upgrade(Nydusd program, String wanted) throws IOException {
        locked(() -> {
            DaemonRun before = run;
            if (before == null || !before.isAlive()) {
                return files; // the next one is started from the new program
            }
            handedOver.require(before.api());
            DaemonRun successor =
                    starts.successor(program, files.socketAfter(before.process().socket()), instances.values());
            try {
                String has = successor.api().status().version().number();
                if (!wanted.isEmpty() && !wanted.equals(has)) {
                    throw new IOException("the program is of version " + has + ", not " + wanted);
                }
                handedOver.give(successor.api());
            } catch (IOException e) {
                successor.abandon();
                throw e;
            }
            run = null; // that it ends is no accident
            before.endAndLeaveTheMount();
            try {
                successor.api().start();
            } catch (IOException e) {
                successor.abandon();
                start();
                throw new IOException("the new nydusd does not go on, the old program does: " + e.getMessage(), e);
            }
            succeedWith(successor);
            return files;
        });
    }

    /** A daemon was started before us and runs. */
    void adopt(DaemonProcess running, Collection<RafsInstance> served) throws IOException {
        locked(() -> {
            DaemonRun adopted = starts.adopt(running);
            run = adopted;
            api = adopted.api();
            served.forEach(instance -> instances.put(instance.snapshot(), instance));
            told.addAll(instances.keySet());
            adopted.watch(this::ended);
            handedOver.renew(adopted.api());
            return running;
        });
        LOG.info("nydusd {} (pid {}) goes on with {} images", files.id(), running.pid(), served.size());
    }

    private void ended(DaemonRun dead) throws IOException {
        locked(() -> {
            if (!dead.equals(run)) {
                return dead; // we ended it
            }
            run = null;
            environment.events().happened("DIED");
            LOG.error(
                    "nydusd {} (pid {}) died; it served {}",
                    files.id(),
                    dead.process().pid(),
                    images());
            boolean mayFollow = restarts.mayFollow(dead.age());
            if (environment.policy() == RecoverPolicy.NONE) {
                return dead;
            }
            if (!mayFollow) {
                LOG.error("nydusd {} dies again and again: it is left to the next container", files.id());
                handedOver.forget();
                return dead;
            }
            try {
                start();
            } catch (IOException e) {
                LOG.error("nydusd {} is not there again: {}", files.id(), e.getMessage());
                handedOver.forget();
            }
            return dead;
        });
    }

    private List<String> images() {
        return instances.values().stream().map(RafsInstance::image).toList();
    }

    /**
     * Serves an image no more. The last one takes the process along.
     *
     * @return whether it was the last
     * @throws SnapshotException failed precondition, while something uses it
     */
    boolean drop(long snapshot) throws IOException {
        return locked(() -> {
            RafsInstance instance = instances.get(snapshot);
            if (instance != null && shared && instances.size() > 1) {
                DaemonRun now = running();
                if (now != null && told.contains(snapshot)) {
                    now.api().unmount(instance.id());
                    handedOver.renew(now.api());
                }
                told.remove(snapshot);
                files.delete(instance);
                instances.remove(snapshot);
                return false;
            }
            stop();
            instances.clear();
            told.clear();
            return true;
        });
    }

    /** Ends the process, and removes what belongs to it. */
    void stop() throws IOException {
        locked(() -> {
            try {
                mount.unmount();
            } catch (IOException e) {
                throw new SnapshotException(
                        Code.FAILED_PRECONDITION, mount.path() + " is still in use: " + e.getMessage(), e);
            }
            end();
            mount.clear();
            files.delete();
            return files;
        });
    }

    private void end() throws IOException {
        DaemonRun ending = run;
        run = null;
        if (ending != null && ending.isAlive()) {
            ending.end();
            environment.events().happened("DESTROYED");
        }
        handedOver.forget();
    }
}
