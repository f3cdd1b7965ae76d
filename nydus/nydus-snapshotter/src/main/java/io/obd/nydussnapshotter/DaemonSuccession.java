package io.obd.nydussnapshotter;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes of one daemon, one after the other: the first one, those that go on where one ended, and those that take the
 * place of one that runs. All changes are made under the daemon's lock; any thread may ask which process it is now.
 */
final class DaemonSuccession {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonSuccession.class);

    private final DaemonFiles files;
    private final boolean shared;
    private final FuseMountpoint mount;
    private final ServedImages images;
    private final Daemon.Environment environment;
    private final DaemonRun.Ended end;
    private final HandedOver handedOver;
    private final DaemonStarts starts;
    private final Restarts restarts = new Restarts();
    private volatile NydusdClient api;
    private volatile @Nullable DaemonRun run;

    /**
     * @param shared whether the daemon serves any number of images, below its mountpoint
     * @param images that a process is to serve
     * @param end has {@link #ended} called under the daemon's lock
     */
    DaemonSuccession(
            DaemonFiles files,
            boolean shared,
            FuseMountpoint mount,
            ServedImages images,
            HandedOver handedOver,
            Daemon.Environment environment,
            DaemonRun.Ended end) {
        this.files = files;
        this.shared = shared;
        this.mount = mount;
        this.images = images;
        this.handedOver = handedOver;
        this.environment = environment;
        this.end = end;
        this.starts = new DaemonStarts(files, shared, mount.path(), handedOver.socket(), environment);
        this.api = DaemonStarts.client(files.socket());
    }

    /** The API of the process of now, or of the last one. */
    NydusdClient api() {
        return api;
    }

    /** The process of now, whatever has become of it; empty if none is to run. */
    Optional<DaemonRun> current() {
        return Optional.ofNullable(run);
    }

    /** The process, if it lives and serves the mount. */
    Optional<DaemonRun> running() throws IOException {
        DaemonRun now = run;
        return now != null && now.isAlive() && mount.isMounted() ? Optional.of(now) : Optional.empty();
    }

    /** Has the process serve one more image. */
    void tell(RafsInstance instance) throws IOException {
        starts.tell(Objects.requireNonNull(run), instance);
        images.told(instance);
    }

    /** Has a process serve all images there are: in the place of the one before, if that can be, else from the beginning. */
    void start() throws IOException {
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
            first = starts.begin(images.all());
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
        images.untold();
        for (RafsInstance instance : images.all()) {
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
        DaemonRun successor = starts.successor(environment.nydusd(), files.socket(), images.all());
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
        starts.tellCredentials(successor, images.all());
        handedOver.renewUnchanged(successor.api());
    }

    private void serveWith(DaemonRun started) {
        run = started;
        api = started.api();
        environment.events().happened("RUNNING");
        LOG.info("nydusd {} (pid {}) serves {}", files.id(), started.process().pid(), mount.path());
        started.watch(end);
        started.profile(environment.nydusd().settings().startup());
    }

    /**
     * Exchanges the process for one of another program. Who reads only waits a little.
     *
     * @param wanted what the new program has to say that its version is; empty for any
     * @throws IOException if that does not work out; unless the text says otherwise the process goes on as before
     */
    void upgrade(Nydusd program, String wanted) throws IOException {
        DaemonRun before = run;
        if (before == null || !before.isAlive()) {
            return; // the next one is started from the new program
        }
        handedOver.require(before.api());
        DaemonRun successor =
                starts.successor(program, files.socketAfter(before.process().socket()), images.all());
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
        try {
            before.endAndLeaveTheMount();
            successor.api().start();
        } catch (IOException e) {
            successor.abandon();
            throw stayWith(before, e);
        }
        succeedWith(successor);
    }

    /** The new program does not go on. The process before does if it is still there, or else the program it was of. */
    private IOException stayWith(DaemonRun before, IOException reason) {
        if (before.isAlive()) {
            run = before; // if it is about to end, that is noticed
            return new IOException("the nydusd of the old program was not ended: " + reason.getMessage(), reason);
        }
        try {
            start();
        } catch (IOException e) {
            reason.addSuppressed(e);
            return new IOException(
                    "neither the new nydusd goes on (" + reason.getMessage() + ") nor one of the old program: "
                            + e.getMessage(),
                    reason);
        }
        return new IOException("the new nydusd does not go on, the old program does: " + reason.getMessage(), reason);
    }

    /** A process that was started before us goes on. */
    void adopt(DaemonProcess running) throws IOException {
        DaemonRun adopted = starts.adopt(running);
        run = adopted;
        api = adopted.api();
        adopted.watch(end);
        handedOver.renew(adopted.api());
    }

    /** A process has ended: another one follows, unless we ended it or the policy says otherwise. */
    void ended(DaemonRun dead) throws IOException {
        if (!dead.equals(run)) {
            return; // we ended it
        }
        run = null;
        environment.events().happened("DIED");
        LOG.error(
                "nydusd {} (pid {}) died; it served {}",
                files.id(),
                dead.process().pid(),
                images.names());
        String killed = environment.nydusd().whyKilled();
        if (!killed.isEmpty()) {
            LOG.error("nydusd {}: {}", files.id(), killed);
        }
        boolean mayFollow = restarts.mayFollow(dead.age());
        if (environment.policy() == RecoverPolicy.NONE) {
            return;
        }
        if (!mayFollow) {
            LOG.error("nydusd {} dies again and again: it is left to the next container", files.id());
            handedOver.forget();
            return;
        }
        try {
            start();
        } catch (IOException e) {
            LOG.error("nydusd {} is not there again: {}", files.id(), e.getMessage());
            handedOver.forget();
        }
    }

    /** Ends the process, if there is one, for good. */
    void end() throws IOException {
        DaemonRun ending = run;
        run = null;
        if (ending != null && ending.isAlive()) {
            ending.end();
            environment.events().happened("DESTROYED");
        }
        handedOver.forget();
    }
}
