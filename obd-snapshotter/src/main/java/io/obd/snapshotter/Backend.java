package io.obd.snapshotter;

import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceInfo;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.ScsiDisks;
import io.obd.linux.ScsiDisks.Disk;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has images attached: through the backend's control socket, or, where that does not answer, by the kernel, which asks
 * whatever backend there is. The latter is the only way that the original backend knows.
 */
final class Backend {
    private static final Logger LOG = LoggerFactory.getLogger(Backend.class);

    /** What the kernel's devices are served by, and the separator. */
    private static final String SUBTYPE = "overlaybd/";

    private static final Duration PAUSE = Duration.ofMillis(100);

    private final ControlClient control;
    private final ScsiDisks disks;
    private final BlockingCalls blocking;
    private final DeviceIds ids;
    private final Duration absence;

    /** @param absence how long it may be away when it is restarted */
    Backend(ControlClient control, ScsiDisks disks, BlockingCalls blocking, DeviceIds ids, Duration absence) {
        this.control = control;
        this.disks = disks;
        this.blocking = blocking;
        this.ids = ids;
        this.absence = absence;
    }

    /**
     * A device that is attached.
     *
     * @param path of the block device
     * @param way how, for the log
     */
    record Device(String path, String way) {}

    /** Attaches the image of a layer's specification, or finds the device that shows it. */
    Device attach(Layer layer) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        try {
            DeviceInfo device = control.attach(ids.of(layer), directory.spec());
            return new Device(device.device(), device.frontend());
        } catch (ControlException.NotRunning e) {
            if (disks.obstacle().isPresent()) {
                throw e;
            }
            LOG.debug("{}", e.getMessage());
            return throughKernel(layer, directory);
        }
    }

    /** How long it may be away when it is restarted. */
    Duration absence() {
        return absence;
    }

    /**
     * Waits for a backend that does not run.
     *
     * @param end as {@link System#nanoTime}
     * @return false if it is not well by then
     */
    boolean comesBack(long end) throws InterruptedIOException {
        while (System.nanoTime() - end < 0) {
            try {
                Thread.sleep(PAUSE);
                control.health();
                return true;
            } catch (ControlException e) {
                LOG.debug("{}", e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while the backend was waited for");
            }
        }
        return false;
    }

    private Device throughKernel(Layer layer, BlockDirectory directory) throws IOException {
        Files.writeString(directory.resultFile(), ""); // what an earlier attach left there says nothing of this one
        try {
            Path disk = blocking.run(() -> disks.attach(ids.backstore(layer), SUBTYPE + directory.spec()));
            return new Device(disk.toString(), "configfs");
        } catch (IOException e) {
            String result = Files.readString(directory.resultFile()).strip();
            throw result.isEmpty() ? e : new IOException(e.getMessage() + ", " + result, e);
        }
    }

    /**
     * Takes a layer's device away, if it has one.
     *
     * @throws DeviceInUse if somebody uses it
     */
    void detach(Layer layer) throws IOException {
        try {
            if (control.detach(ids.of(layer))) {
                return;
            }
        } catch (ControlException.NotRunning e) {
            if (disks.obstacle().isPresent()) {
                throw e;
            }
        } catch (ControlException.Refused e) {
            throw e.status() == DeviceInUse.STATUS ? new DeviceInUse(e) : e;
        }
        if (disks.obstacle().isEmpty()) {
            // Of a backend that ran before, or of one that has no control socket.
            try {
                blocking.run(() -> disks.detach(ids.backstore(layer)));
            } catch (ErrnoException e) {
                throw e.is(Errno.EBUSY) ? new DeviceInUse(e) : e;
            }
        }
    }

    /** Detaches what snapshots of this data directory had that are not there any more. */
    void detachUnknown(Set<Long> known, Path root) throws IOException {
        for (long id : devices(root)) {
            if (!known.contains(id)) {
                detach(new Layer(id, "", Layer.ORDINARY, Map.of(), root));
                LOG.info("detached the device of snapshot {}, which is not there any more", id);
            }
        }
    }

    private List<Long> devices(Path root) throws IOException {
        List<Long> found = new ArrayList<>();
        try {
            for (DeviceInfo device : control.list()) {
                if (Path.of(device.config()).startsWith(root)) {
                    ids.snapshot(device.id()).ifPresent(found::add);
                }
            }
            return found;
        } catch (ControlException.NotRunning e) {
            LOG.info("{}", e.getMessage());
        }
        if (disks.obstacle().isEmpty()) {
            for (Disk disk : disks.list(ids.tenant())) {
                if (disk.config().startsWith(SUBTYPE + root + "/")) {
                    ids.snapshot(disk.backstore()).ifPresent(found::add);
                }
            }
        }
        return found;
    }
}
