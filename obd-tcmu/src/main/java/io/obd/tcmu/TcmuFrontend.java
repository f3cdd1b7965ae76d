package io.obd.tcmu;

import io.obd.image.ServiceConfig;
import io.obd.linux.Backstore;
import io.obd.linux.Backstores;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.TargetModule;
import io.obd.linux.TcmLoop;
import io.obd.linux.UioDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Devices as SCSI disks of the kernel's target framework. The kernel keeps them: they outlive this process, and other
 * programs make and remove them through configfs.
 *
 * <p>Every device comes the same way, whoever makes it: the kernel asks whether we serve it, and we open its image and
 * say yes. The image of a device that is made here is open already.
 */
final class TcmuFrontend implements DeviceFrontend {
    private static final Logger log = LoggerFactory.getLogger(TcmuFrontend.class);

    /** How long the kernel may take for a step. It asks this very process, which has the image open. */
    private static final Duration STEP = Duration.ofSeconds(30);

    /**
     * How long something half-made has to stay as it is before it is taken for abandoned. Another program is done with
     * each step within seconds once the daemon answers, save for the opening of an image, of which we know.
     */
    private static final Duration UNTOUCHED = Duration.ofSeconds(60);

    /** A device that is made here: its image, and why it cannot be served, if that is so. */
    private record Expected(DiskImage image, AtomicReference<@Nullable IOException> failure) {}

    private record Running(TcmuEvents events, TcmuTakeover takeover, TcmuSweep sweep) {}

    private final NativeThreads threads;
    private final Duration ioTimeout;
    private final Backstores backstores = new Backstores(Backstores.CONFIGFS, STEP);
    private final TcmLoop loop = new TcmLoop(Backstores.CONFIGFS, backstores, STEP);
    private final TcmuServer server;

    private final Map<Backstore, Expected> expected = new ConcurrentHashMap<>();
    private final Map<Backstore, Attached> attached = new ConcurrentHashMap<>();
    private final Set<Backstore> removedHere = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Running running;

    TcmuFrontend(Duration ioTimeout, NativeThreads threads) {
        this.threads = threads;
        this.ioTimeout = ioTimeout;
        this.server = new TcmuServer(backstores, ioTimeout);
    }

    @Override
    public ServiceConfig.Frontend kind() {
        return ServiceConfig.Frontend.TCMU;
    }

    @Override
    public void start(DeviceTable devices) throws IOException {
        TargetModule.blockEvents();
        TcmuNetlink netlink;
        List<UioDevice> present;
        try {
            netlink = TcmuNetlink.open();
            present = UioDevice.list();
        } finally {
            TargetModule.unblockEvents();
        }
        TcmuSweep sweep = new TcmuSweep(backstores, loop, UNTOUCHED, devices::detachIf);
        TcmuEvents events = new TcmuEvents(netlink, new Handler(devices, sweep));
        TcmuTakeover takeover = new TcmuTakeover(
                backstores,
                ioTimeout,
                (name, uio) -> adopt(devices, name, (image, gone) -> server.takeOver(name, uio, image, gone)));
        running = new Running(events, takeover, sweep);
        sweep.look();
        events.start();
        takeover.run(present);
        sweep.start();
    }

    /** Begins to serve a device that others have made. */
    private interface Serving {
        void begin(DiskImage image, Runnable whenGone) throws IOException;
    }

    private void adopt(DeviceTable devices, TcmuName name, Serving serving) throws ApiException {
        devices.adopt(name.id(), name.config(), image -> {
            Attached device = new Attached(name.backstore(), name.devId());
            attached.put(name.backstore(), device);
            try {
                threads.run(() -> serving.begin(image, () -> devices.drop(name.id(), device)));
                return device;
            } catch (IOException | RuntimeException e) {
                attached.remove(name.backstore(), device);
                throw e;
            }
        });
    }

    /** What the kernel tells. */
    private final class Handler implements TcmuEvents.Handler {
        private final DeviceTable devices;

        private final TcmuSweep sweep;

        Handler(DeviceTable devices, TcmuSweep sweep) {
            this.devices = devices;
            this.sweep = sweep;
        }

        @Override
        public void added(TcmuName name, int minor) throws IOException, ApiException {
            sweep.spare(name.backstore());
            UioDevice uio = UioDevice.find(minor)
                    .orElseThrow(() -> new IOException(name.id() + ": there is no uio device " + minor));
            Expected made = expected.get(name.backstore());
            if (made == null) {
                forget(name); // a device of that name that is still known has gone without a word
                adopt(devices, name, (image, gone) -> server.serve(name, uio, image, gone));
                return;
            }
            Attached device = attached.get(name.backstore());
            try {
                threads.run(() -> server.serve(name, uio, made.image(), () -> forget(name, device)));
            } catch (IOException e) {
                made.failure().set(e);
                throw e;
            }
        }

        @Override
        public void removed(TcmuName name) {
            server.stop(name.backstore());
            if (!removedHere.contains(name.backstore())) {
                forget(name);
            }
        }

        private void forget(TcmuName name) {
            forget(name, attached.get(name.backstore()));
        }

        /** Another device of that name may be there by now. */
        private void forget(TcmuName name, @Nullable Attached device) {
            if (device != null && attached.remove(name.backstore(), device)) {
                devices.drop(name.id(), device);
            }
        }
    }

    @Override
    public AttachedDevice attach(String id, Path config, DiskImage image) throws IOException {
        Backstore backstore = TcmuName.backstore(id);
        if (backstores.isEnabled(backstore)) {
            throw new IOException(backstore + " is in the kernel but not served, the log says why: detach it first");
        }
        Attached device = new Attached(backstore, "");
        Expected made = new Expected(image, new AtomicReference<>());
        expected.put(backstore, made);
        attached.put(backstore, device);
        try {
            threads.run(() -> {
                remove(backstore); // what an attach left that was cut short
                backstores.create(backstore, TcmuName.configuration(config), backstore.newSerial());
                loop.attach(backstore);
            });
            return device;
        } catch (IOException | RuntimeException e) {
            attached.remove(backstore, device);
            removeAfter(e, backstore);
            IOException cause = made.failure().get();
            if (cause != null) {
                throw cause;
            }
            throw e;
        } finally {
            expected.remove(backstore, made);
        }
    }

    private void removeAfter(Exception failure, Backstore backstore) {
        try {
            threads.run(() -> remove(backstore));
        } catch (IOException e) {
            failure.addSuppressed(e);
            log.warn("{}: after a failed attach: {}", backstore, e.getMessage());
        }
    }

    /** Takes the disk and the device out of the kernel; neither need be there. */
    private void remove(Backstore backstore) throws IOException {
        removedHere.add(backstore);
        try {
            loop.detach(backstore);
            backstores.remove(backstore);
            server.stop(backstore);
        } catch (ErrnoException e) {
            throw e.is(Errno.EBUSY) ? new DeviceInUseException(e) : e;
        } finally {
            removedHere.remove(backstore);
        }
    }

    private final class Attached implements AttachedDevice {
        private final Backstore backstore;
        private final String devId;

        Attached(Backstore backstore, String devId) {
            this.backstore = backstore;
            this.devId = devId;
        }

        @Override
        public String devId() {
            return devId;
        }

        @Override
        public Optional<Path> path() {
            try {
                return loop.find(backstore);
            } catch (IOException e) {
                log.debug("{}: {}", backstore, e.getMessage());
                return Optional.empty();
            }
        }

        @Override
        public Path expose() throws IOException {
            Optional<Path> disk = path();
            return disk.isPresent() ? disk.get() : threads.call(() -> loop.attach(backstore));
        }

        @Override
        public void detach() throws IOException {
            threads.run(() -> remove(backstore));
            attached.remove(backstore, this);
        }

        @Override
        public void flush() {
            // The kernel flushes a disk when it goes; while it stays, its users do.
        }
    }

    @Override
    public boolean removeLeftover(String id) throws IOException {
        Backstore backstore = TcmuName.backstore(id);
        boolean ours = TcmuName.isOurs(backstores.config(backstore)) || !backstores.isEnabled(backstore);
        if (!backstores.exists(backstore) || !ours) {
            return false;
        }
        threads.run(() -> remove(backstore));
        return true;
    }

    @Override
    public int waiting(Duration longerThan) {
        return server.waiting(longerThan);
    }

    @Override
    public boolean isServing() {
        Running now = running;
        return now != null && now.events().isListening();
    }

    @Override
    public void close() throws IOException {
        Running now = running;
        try (server) {
            if (now != null) {
                now.sweep().close();
                now.takeover().close();
                now.events().close();
            }
        }
    }
}
