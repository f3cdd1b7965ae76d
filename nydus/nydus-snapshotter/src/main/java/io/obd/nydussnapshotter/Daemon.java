package io.obd.nydussnapshotter;

import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One nydusd and the images that it serves: one image that it was started with, or any number that it was told of. It
 * is started when an image is first wanted and ends with the last of them. One that dies is followed by another, if the
 * policy says so.
 *
 * <p>What changes it happens one after the other, and waits for the process. Who only wants to know something does not.
 */
final class Daemon {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final DaemonFiles files;
    private final boolean shared;
    private final FuseMountpoint mount;
    private final HandedOver handedOver;
    private final ServedImages images = new ServedImages();
    private final DaemonSuccession succession;
    private final Lock lock = new ReentrantLock();

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
        this.handedOver = new HandedOver(files, environment.policy());
        this.succession = new DaemonSuccession(files, shared, mount, images, handedOver, environment, this::ended);
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
        return succession.api();
    }

    DaemonFiles files() {
        return files;
    }

    /** Where its process serves the API. */
    Path socket() {
        return api().socket();
    }

    /** Where its process is to find who keeps what a successor needs. */
    Optional<Path> supervisor() {
        return handedOver.socket();
    }

    /** What the program of its process says that it is; empty if it does not, or there is no process. */
    String version() {
        return succession.current().map(DaemonRun::version).orElse("");
    }

    /** Percent of a processor that its process used in its first seconds, if that is looked at. */
    double startupCpu() {
        return succession.current().map(DaemonRun::startupCpu).orElse(0.0);
    }

    /** The images that it serves, or is about to. */
    Collection<RafsInstance> instances() {
        return images.all();
    }

    /** Its process, while it runs. */
    Optional<DaemonProcess> process() {
        return succession.current().map(DaemonRun::process).filter(DaemonProcess::isAlive);
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
        return new ImageSeries.Answers(api().reads(id), api().cache(id));
    }

    /**
     * Names of the cache files that its images use.
     *
     * @throws IOException if it does not say
     */
    Set<String> cacheFiles() throws IOException {
        Set<String> names = new HashSet<>();
        for (RafsInstance instance : instances()) {
            for (String file : api().cacheFiles(metricsId(instance))) {
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
            boolean isNew = images.add(instance);
            try {
                if (succession.running().isEmpty()) {
                    succession.start();
                }
                if (shared && !images.isTold(instance.snapshot())) {
                    succession.tell(instance);
                    handedOver.renew(api());
                }
                return seen(instance);
            } catch (IOException e) {
                if (isNew) {
                    images.remove(instance.snapshot());
                    files.delete(instance);
                }
                throw new IOException(
                        "nydusd " + files.id() + " does not serve snapshot " + instance.snapshot() + " ("
                                + instance.image() + "): " + e.getMessage(),
                        e);
            }
        });
    }

    /**
     * Exchanges the process for one of another program. Who reads only waits a little.
     *
     * @param wanted what the new program has to say that its version is; empty for any
     * @throws IOException if that does not work out; unless the text says otherwise the process goes on as before
     */
    void upgrade(Nydusd program, String wanted) throws IOException {
        locked(() -> {
            succession.upgrade(program, wanted);
            return files;
        });
    }

    /** A daemon was started before us and runs. */
    void adopt(DaemonProcess running, Collection<RafsInstance> served) throws IOException {
        locked(() -> {
            for (RafsInstance instance : served) {
                images.add(instance);
                images.told(instance);
            }
            succession.adopt(running);
            return running;
        });
        LOG.info("nydusd {} (pid {}) goes on with {} images", files.id(), running.pid(), served.size());
    }

    private void ended(DaemonRun dead) throws IOException {
        locked(() -> {
            succession.ended(dead);
            return dead;
        });
    }

    /**
     * Serves an image no more. The last one takes the process along.
     *
     * @return whether it was the last
     * @throws SnapshotException failed precondition, while something uses it
     */
    boolean drop(long snapshot) throws IOException {
        return locked(() -> {
            Optional<RafsInstance> instance = images.find(snapshot);
            if (instance.isPresent() && shared && images.all().size() > 1) {
                Optional<DaemonRun> now = succession.running();
                if (now.isPresent() && images.isTold(snapshot)) {
                    now.get().api().unmount(instance.get().id());
                    handedOver.renew(now.get().api());
                }
                files.delete(instance.get());
                images.remove(snapshot);
                return false;
            }
            stop();
            images.clear();
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
            succession.end();
            mount.clear();
            files.delete();
            return files;
        });
    }
}
