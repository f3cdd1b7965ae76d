package io.obd.nydussnapshotter;

import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

    private static final Duration API_LIMIT = Duration.ofSeconds(30);
    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    /** One that lives so long is no reason to give up. */
    private static final Duration SOUND = Duration.ofMinutes(1);

    private static final int MOST_RESTARTS = 5;

    private final DaemonFiles files;
    private final boolean shared;
    private final Path mountpoint;
    private final Environment environment;
    private final NydusdClient api;
    private final Lock lock = new ReentrantLock();
    private final Map<Long, RafsInstance> instances = new HashMap<>();
    private @Nullable DaemonProcess process;
    private long startedAt;
    private int restarts;

    /** What all daemons need. */
    record Environment(
            Nydusd nydusd,
            InstanceConfigs configs,
            RecoverPolicy policy,
            BlockingCalls blocking,
            DaemonEvents events) {}

    /**
     * @param shared whether it serves any number of images, below its mountpoint
     * @param mountpoint where it mounts
     */
    Daemon(DaemonFiles files, boolean shared, Path mountpoint, Environment environment) {
        this.files = files;
        this.shared = shared;
        this.mountpoint = mountpoint;
        this.environment = environment;
        this.api = new NydusdClient(files.socket(), API_LIMIT);
    }

    String id() {
        return files.id();
    }

    boolean isShared() {
        return shared;
    }

    Path mountpoint() {
        return mountpoint;
    }

    NydusdClient api() {
        return api;
    }

    DaemonFiles files() {
        return files;
    }

    /** The images that it serves. */
    Collection<RafsInstance> instances() {
        return locked(() -> List.copyOf(instances.values()));
    }

    /** Its process, while it runs. */
    Optional<DaemonProcess> process() {
        return locked(() -> Optional.ofNullable(process).filter(DaemonProcess::isAlive));
    }

    /** Where an image of it is seen. */
    Path seen(RafsInstance instance) {
        return shared ? mountpoint.resolve(Long.toString(instance.snapshot())) : mountpoint;
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
                if (!isRunning()) {
                    start();
                } else if (isNew) {
                    tell(instance);
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

    private boolean isRunning() throws IOException {
        DaemonProcess running = process;
        return running != null && running.isAlive() && isMounted();
    }

    private boolean isMounted() throws IOException {
        return environment.blocking().run(MountTable::read).at(mountpoint).isPresent();
    }

    /** Starts the process with all images there are. */
    private void start() throws IOException {
        end();
        clearMountpoint();
        Optional<RafsInstance> only =
                shared ? Optional.empty() : instances.values().stream().findFirst();
        if (only.isPresent()) {
            DaemonFiles.write(
                    files.config(), environment.configs().of(only.get()).json());
        }
        Nydusd.Task task = new Nydusd.Task(
                files,
                mountpoint,
                only.map(RafsInstance::bootstrap),
                only.isPresent()
                        ? environment.configs().credentials(only.get()).flatMap(NydusdConfig::basic)
                        : Optional.empty());
        DaemonProcess started;
        try {
            started = environment.nydusd().start(task, api);
        } catch (IOException e) {
            clearMountpoint();
            throw e;
        }
        process = started;
        startedAt = System.nanoTime();
        environment.events().happened("START");
        LOG.info("nydusd {} (pid {}) serves {}", files.id(), started.pid(), mountpoint);
        if (shared) {
            for (RafsInstance instance : instances.values()) {
                tell(instance);
            }
        }
        watch(started);
    }

    private void tell(RafsInstance instance) throws IOException {
        NydusdConfig config = environment.configs().of(instance);
        DaemonFiles.write(files.config(instance), config.json());
        api.mount(
                instance.id(),
                instance.bootstrap().path(),
                config.with(environment.configs().credentials(instance)));
    }

    /** A daemon was started before us and runs. */
    void adopt(DaemonProcess running, Collection<RafsInstance> served) {
        locked(() -> {
            process = running;
            startedAt = System.nanoTime();
            served.forEach(instance -> instances.put(instance.snapshot(), instance));
            watch(running);
            return running;
        });
        LOG.info("nydusd {} (pid {}) goes on with {} images", files.id(), running.pid(), served.size());
    }

    private void watch(DaemonProcess running) {
        Thread.ofVirtual().name("nydusd-" + files.id()).start(() -> {
            try {
                new DaemonWatch(files.socket(), running).await();
                died(running);
            } catch (InterruptedException e) {
                LOG.debug("nydusd {} is not watched any more", files.id());
            } catch (RuntimeException e) { // the edge of the thread
                LOG.error("nydusd {} is not watched any more", files.id(), e);
            }
        });
    }

    private void died(DaemonProcess dead) {
        locked(() -> {
            if (!dead.equals(process)) {
                return dead; // we ended it
            }
            process = null;
            environment.events().happened("DIED");
            LOG.error("nydusd {} (pid {}) died; it served {}", files.id(), dead.pid(), images());
            Duration lived = Duration.ofNanos(System.nanoTime() - startedAt);
            restarts = lived.compareTo(SOUND) > 0 ? 1 : restarts + 1;
            if (environment.policy() == RecoverPolicy.NONE) {
                return dead;
            }
            if (restarts > MOST_RESTARTS) {
                LOG.error("nydusd {} dies again and again: it is left to the next container", files.id());
                return dead;
            }
            try {
                start();
            } catch (IOException e) {
                LOG.error("nydusd {} is not there again: {}", files.id(), e.getMessage());
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
                if (isRunning()) {
                    api.unmount(instance.id());
                }
                files.delete(instance);
                instances.remove(snapshot);
                return false;
            }
            stop();
            instances.clear();
            return true;
        });
    }

    /** Ends the process, and removes what belongs to it. */
    void stop() throws IOException {
        locked(() -> {
            try {
                unmount();
            } catch (IOException e) {
                throw new SnapshotException(
                        Code.FAILED_PRECONDITION, mountpoint + " is still in use: " + e.getMessage(), e);
            }
            end();
            clearMountpoint();
            files.delete();
            return files;
        });
    }

    private void unmount() throws IOException {
        environment.blocking().run(() -> {
            if (MountTable.read().at(mountpoint).isPresent()) {
                new Mounts().unmount(mountpoint);
            }
            return mountpoint;
        });
    }

    /** What a process that is gone has mounted: whoever has it open keeps it. */
    private void clearMountpoint() throws IOException {
        environment.blocking().run(() -> {
            while (MountTable.read().at(mountpoint).isPresent()) {
                new Mounts().unmountLazily(mountpoint);
            }
            return mountpoint;
        });
    }

    /** Ends the process if there is one: by its API, by SIGTERM, by SIGKILL. */
    private void end() throws IOException {
        DaemonProcess ending = process;
        process = null;
        if (ending == null || !ending.isAlive()) {
            return;
        }
        try {
            try {
                api.exit();
            } catch (NydusdException e) {
                LOG.debug("nydusd {}: {}", files.id(), e.getMessage());
            }
            if (!ending.awaitEnd(END_LIMIT)) {
                ending.handle().destroy();
            }
            if (!ending.awaitEnd(END_LIMIT)) {
                ending.handle().destroyForcibly();
                ending.awaitEnd(END_LIMIT);
            }
            environment.events().happened("DESTROYED");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while nydusd " + files.id() + " ended");
        }
    }

    /**
     * Names of the cache files that its images use.
     *
     * @throws IOException if it does not say
     */
    Set<String> cacheFiles() throws IOException {
        Set<String> names = new HashSet<>();
        for (RafsInstance instance : instances()) {
            for (String file : shared ? api.cacheFiles(instance.id()) : api.cacheFiles()) {
                Path name = Path.of(file).getFileName();
                names.add(name == null ? file : name.toString());
            }
        }
        return names;
    }
}
