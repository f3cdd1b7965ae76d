package io.obd.nydussnapshotter;

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
    private final FuseMountpoint mount;
    private final Environment environment;
    private final Optional<Supervisor> supervisor;
    private final Lock lock = new ReentrantLock();
    private final Map<Long, RafsInstance> instances = new HashMap<>();
    private volatile NydusdClient api;
    private volatile String version = "";
    private volatile double startupCpu;
    private @Nullable DaemonProcess process;
    private long startedAt;
    private int restarts;

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
        this.supervisor = environment.policy() == RecoverPolicy.FAILOVER
                ? Optional.of(new Supervisor(files.supervisor()))
                : Optional.empty();
        this.api = client(files.socket());
    }

    private static NydusdClient client(Path socket) {
        return new NydusdClient(socket, API_LIMIT);
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
        return supervisor.map(Supervisor::socket);
    }

    /** What its program says that it is; empty if that has not been asked yet. */
    String version() {
        return version;
    }

    /** Percent of a processor that it used in its first seconds, if that is looked at. */
    double startupCpu() {
        return startupCpu;
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
                if (!isRunning()) {
                    start();
                } else if (isNew) {
                    tell(instance);
                    handOver();
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
        return running != null && running.isAlive() && mount.isMounted();
    }

    /** Has a process serve all images there are: in the place of the one before, if that can be, else from the beginning. */
    private void start() throws IOException {
        if (supervisor.isPresent() && supervisor.get().holds() && mount.isMounted()) {
            try {
                goOn(supervisor.get());
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
        Optional<RafsInstance> only = only();
        if (only.isPresent()) {
            DaemonFiles.write(
                    files.config(), environment.configs().of(only.get()).json());
        }
        NydusdClient first = client(files.socket());
        DaemonProcess started;
        try {
            started = environment.nydusd().start(task(files.socket(), prefetch(only)), first);
        } catch (IOException e) {
            mount.clear();
            throw e;
        }
        serveWith(started, first);
        if (shared) {
            for (RafsInstance instance : instances.values()) {
                tell(instance);
            }
        }
        handOver();
    }

    private Optional<RafsInstance> only() {
        return shared ? Optional.empty() : instances.values().stream().findFirst();
    }

    private Optional<Path> prefetch(Optional<RafsInstance> only) throws IOException {
        List<String> list =
                only.isPresent() ? environment.prefetch().take(only.get().image()) : List.of();
        if (list.isEmpty()) {
            return Optional.empty();
        }
        DaemonFiles.write(files.prefetch(), String.join("\n", list) + "\n");
        return Optional.of(files.prefetch());
    }

    private Nydusd.Task task(Path socket, Optional<Path> prefetch) throws IOException {
        Optional<RafsInstance> only = only();
        return new Nydusd.Task(
                files,
                socket,
                mount.path(),
                only.map(RafsInstance::bootstrap),
                prefetch,
                only.isPresent()
                        ? environment.configs().credentials(only.get()).flatMap(NydusdConfig::basic)
                        : Optional.empty(),
                supervisor.map(Supervisor::socket));
    }

    private void serveWith(DaemonProcess started, NydusdClient its) {
        process = started;
        api = its;
        startedAt = System.nanoTime();
        environment.events().happened("RUNNING");
        LOG.info("nydusd {} (pid {}) serves {}", files.id(), started.pid(), mount.path());
        askVersion();
        watch(started);
        profile(started);
    }

    private void askVersion() {
        try {
            version = api.status().version();
        } catch (NydusdException e) {
            LOG.debug("nydusd {}: {}", files.id(), e.getMessage());
        }
    }

    private void tell(RafsInstance instance) throws IOException {
        NydusdConfig config = environment.configs().of(instance);
        DaemonFiles.write(files.config(instance), config.json());
        api.mount(
                instance.id(),
                instance.bootstrap().path(),
                config.with(environment.configs().credentials(instance)),
                environment.prefetch().take(instance.image()));
    }

    /** A process that lives takes the place of one that died, with what that one has handed over. */
    private void goOn(Supervisor kept) throws IOException {
        NydusdClient next = client(files.socket());
        DaemonProcess successor = environment.nydusd().startSuccessor(task(files.socket(), Optional.empty()), next);
        try {
            kept.give(next::takeOver);
            next.start();
        } catch (IOException e) {
            successor.handle().destroyForcibly();
            throw e;
        }
        serveWith(successor, next);
        LOG.info("nydusd {} goes on where the one before ended: containers have waited for it", files.id());
        tellCredentials();
        handOverAgain();
    }

    /** What was handed over has the credentials of its time. */
    private void tellCredentials() {
        if (!shared) {
            return; // it was started with them
        }
        for (RafsInstance instance : instances.values()) {
            try {
                Optional<String> auth =
                        environment.configs().credentials(instance).flatMap(NydusdConfig::basic);
                if (auth.isPresent()) {
                    api.credentials(instance.id(), auth.get());
                }
            } catch (IOException e) {
                LOG.warn("{} keeps its old credentials: {}", instance.image(), e.getMessage());
            }
        }
    }

    /** Gets what a successor needs after a change of what is served: what was handed over before is of no use then. */
    private void handOver() throws IOException {
        if (!handOverAgain()) {
            forgetDescriptor();
        }
    }

    /** The same when nothing has changed; if it fails, what was handed over before is as good. */
    private boolean handOverAgain() {
        if (supervisor.isEmpty()) {
            return true;
        }
        try {
            supervisor.get().receive(api::sendDescriptor);
            return true;
        } catch (IOException e) {
            LOG.warn("nydusd {} does not hand over what a successor needs: {}", files.id(), e.getMessage());
            return false;
        }
    }

    /**
     * Exchanges the process for one of another program. Who reads only waits a little.
     *
     * @param wanted what the new program has to say that its version is; empty for any
     * @throws IOException if that does not work out; unless the text says otherwise the process goes on as before
     */
    void upgrade(Nydusd program, String wanted) throws IOException {
        locked(() -> {
            Supervisor kept = supervisor.orElseThrow(() -> new IOException(
                    "nydusd " + files.id() + " cannot be exchanged: daemon.recover_policy has to be failover"));
            DaemonProcess before = process;
            if (before == null || !before.isAlive()) {
                return files; // the next one is started from the new program
            }
            kept.receive(api::sendDescriptor);
            Path socket = files.socketAfter(before.socket());
            NydusdClient next = client(socket);
            DaemonProcess successor = program.startSuccessor(task(socket, Optional.empty()), next);
            try {
                String has = next.status().version();
                if (!wanted.isEmpty() && !wanted.equals(has)) {
                    throw new IOException("the program is of version " + has + ", not " + wanted);
                }
                kept.give(next::takeOver);
            } catch (IOException e) {
                successor.handle().destroyForcibly();
                throw e;
            }
            process = null; // that it ends is no accident
            endAndLeaveTheMount(before);
            try {
                next.start();
            } catch (IOException e) {
                successor.handle().destroyForcibly();
                start();
                throw new IOException("the new nydusd does not go on, the old program does: " + e.getMessage(), e);
            }
            serveWith(successor, next);
            tellCredentials();
            handOverAgain();
            return files;
        });
    }

    private void endAndLeaveTheMount(DaemonProcess ending) throws IOException {
        try {
            askToEnd();
            if (!ending.awaitEnd(END_LIMIT)) {
                ending.handle().destroyForcibly(); // SIGTERM would unmount
                ending.awaitEnd(END_LIMIT);
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private void askToEnd() {
        try {
            api.exit();
        } catch (NydusdException e) {
            LOG.debug("nydusd {}: {}", files.id(), e.getMessage());
        }
    }

    /** A daemon was started before us and runs. */
    void adopt(DaemonProcess running, Collection<RafsInstance> served) throws IOException {
        locked(() -> {
            process = running;
            api = client(running.socket());
            startedAt = System.nanoTime();
            served.forEach(instance -> instances.put(instance.snapshot(), instance));
            askVersion();
            watch(running);
            handOver();
            return running;
        });
        LOG.info("nydusd {} (pid {}) goes on with {} images", files.id(), running.pid(), served.size());
    }

    private void watch(DaemonProcess running) {
        Thread.ofVirtual().name("nydusd-" + files.id()).start(() -> {
            try {
                new DaemonWatch(running).await();
                died(running);
            } catch (InterruptedException e) {
                LOG.debug("nydusd {} is not watched any more", files.id());
            } catch (IOException | RuntimeException e) { // the edge of the thread
                LOG.error("nydusd {} is not watched any more", files.id(), e);
            }
        });
    }

    /** Looks how much it computes while it starts. */
    private void profile(DaemonProcess running) {
        Duration time = environment.nydusd().settings().startup();
        if (time.isZero()) {
            return;
        }
        Thread.ofVirtual().name("profile-" + files.id()).start(() -> {
            try {
                double before = ProcessUsage.of(running.pid()).seconds();
                Thread.sleep(time);
                startupCpu = (ProcessUsage.of(running.pid()).seconds() - before) * 100 / time.toSeconds();
            } catch (IOException | InterruptedException e) {
                LOG.debug("nydusd {} ended while it was looked at: {}", files.id(), e.getMessage());
            }
        });
    }

    private void died(DaemonProcess dead) throws IOException {
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
                forgetDescriptor();
                return dead;
            }
            try {
                start();
            } catch (IOException e) {
                LOG.error("nydusd {} is not there again: {}", files.id(), e.getMessage());
                forgetDescriptor();
            }
            return dead;
        });
    }

    private void forgetDescriptor() throws IOException {
        if (supervisor.isPresent()) {
            supervisor.get().forget();
        }
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
                    handOver();
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

    /** Ends the process if there is one: by its API, by SIGTERM, by SIGKILL. */
    private void end() throws IOException {
        DaemonProcess ending = process;
        process = null;
        if (ending != null && ending.isAlive()) {
            try {
                askToEnd();
                if (!ending.awaitEnd(END_LIMIT)) {
                    ending.handle().destroy();
                }
                if (!ending.awaitEnd(END_LIMIT)) {
                    ending.handle().destroyForcibly();
                    ending.awaitEnd(END_LIMIT);
                }
            } catch (InterruptedException e) {
                throw interrupted();
            }
            environment.events().happened("DESTROYED");
        }
        forgetDescriptor();
    }

    private InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while nydusd " + files.id() + " ended");
    }
}
