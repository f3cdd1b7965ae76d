package io.obd.snapshotter;

import io.obd.image.ControlException;
import io.obd.image.ImageConfig;
import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import io.obd.snapshotter.Backend.Device;
import io.obd.snapshotter.Checkpoint.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices of images and of containers: attached by the backend and mounted once, whoever asks first. Callers for the
 * same device wait for each other, others do not; when an attach fails it has failed for all who waited for it.
 *
 * <p>A mark in the layer's directory stands from before the attach until after the detach. So after a crash it is known
 * which devices may exist.
 */
final class Devices {
    private static final Logger LOG = LoggerFactory.getLogger(Devices.class);

    private final Backend backend;
    private final BlockingCalls blocking;
    private final FileSystems fileSystems;
    private final Handover handover;
    private final Checkpoint checkpoint;
    private final ConcurrentMap<Long, DeviceTurns> turns = new ConcurrentHashMap<>();

    Devices(Backend backend, BlockingCalls blocking, FileSystems fileSystems, Handover handover) {
        this(backend, blocking, fileSystems, handover, Checkpoint.NONE);
    }

    Devices(
            Backend backend,
            BlockingCalls blocking,
            FileSystems fileSystems,
            Handover handover,
            Checkpoint checkpoint) {
        this.backend = backend;
        this.blocking = blocking;
        this.fileSystems = fileSystems;
        this.handover = handover;
        this.checkpoint = checkpoint;
    }

    /**
     * A device that is attached and has a file system.
     *
     * @param path of the block device
     */
    record Attached(String path, FileSystemType type) {}

    /** What is done while nobody else attaches or detaches the same device. */
    interface Action {
        void run() throws IOException;
    }

    private interface Use<T> {
        T of(Device device) throws IOException;
    }

    /**
     * The place where an image is seen, mounted read-only now if it was not. The backend is asked each time: after a
     * restart it may have another device than the one that is mounted.
     *
     * @param trace whether its reads are to be recorded; what is recorded already goes on
     */
    Path mountImage(Layer layer, FileSystemType named, Trace trace) throws IOException {
        return turns(layer).attach(() -> {
            setTrace(layer, trace);
            return attached(layer, device -> mounted(layer, device, named, false));
        });
    }

    /** The place where a writable device is seen, mounted now if it was not. A new device gets a file system first. */
    Path mountWritable(Layer layer, FileSystemType named) throws IOException {
        return turns(layer)
                .attach(() -> attached(layer, device -> {
                    makeFileSystem(layer, device, named);
                    return mounted(layer, device, named, true);
                }));
    }

    /** A device that the caller mounts. A new one gets a file system first. */
    Attached attach(Layer layer, FileSystemType named) throws IOException {
        return turns(layer)
                .attach(() -> attached(layer, device -> {
                    makeFileSystem(layer, device, named);
                    FileSystemType type = blocking.run(() -> fileSystems.on(device.path(), named));
                    return new Attached(device.path(), type);
                }));
    }

    /** The specification is read at the attach, so a device that is attached goes first. */
    private void setTrace(Layer layer, Trace trace) throws IOException {
        ImageConfig now = DeviceSpecs.read(layer);
        if (now.accelerationLayer() && trace.isWanted()) {
            LOG.warn("snapshot {}: the image has a trace already, no new one is recorded", layer.id());
            return;
        }
        if (now.recordTracePath().equals(trace.path())) {
            return;
        }
        if (!trace.isWanted() && isUsed(layer)) {
            return;
        }
        detachUnused(layer);
        DeviceSpecs.rewrite(layer, trace);
        checkpoint.reached(Step.SPEC_REWRITTEN);
    }

    private boolean isUsed(Layer layer) throws IOException {
        return !MountUsers.of(BlockDirectory.of(layer).mountpoint(), mountTable())
                .targets()
                .isEmpty();
    }

    /** A restart of the backend is not the end of who starts a container meanwhile. */
    private <T> T attached(Layer layer, Use<T> use) throws IOException {
        long end = System.nanoTime() + backend.absence().toNanos();
        while (true) {
            try {
                return attachedNow(layer, use);
            } catch (ControlException.NotRunning e) {
                if (!backend.comesBack(end)) {
                    throw new SnapshotException(Code.UNAVAILABLE, failure(layer, e), e);
                }
            }
        }
    }

    private <T> T attachedNow(Layer layer, Use<T> use) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        boolean wasMarked = directory.isMarked();
        if (!wasMarked) {
            directory.mark("");
            checkpoint.reached(Step.MARKED);
            handover.before(layer, DeviceSpecs.read(layer));
        } else {
            handover.again(layer, DeviceSpecs.read(layer));
        }
        try {
            Device device = backend.attach(layer);
            checkpoint.reached(Step.ATTACHED);
            directory.mark(device.path());
            checkpoint.reached(Step.DEVICE_NOTED);
            return use.of(device);
        } catch (ControlException.NotRunning e) {
            if (!wasMarked) {
                directory.unmark();
                handover.over(layer);
            }
            throw e;
        } catch (IOException e) {
            detachAfter(e, layer, directory);
            throw new IOException(failure(layer, e), e);
        }
    }

    private Path mounted(Layer layer, Device device, FileSystemType named, boolean writable) throws IOException {
        long start = System.nanoTime();
        Path mountpoint = BlockDirectory.of(layer).mountpoint();
        Optional<Mount> mounted = mountTable().at(mountpoint);
        if (mounted.isPresent() && mounted.get().source().equals(device.path())) {
            return mountpoint;
        }
        unmount(layer, mountpoint);
        FileSystemType type = blocking.run(() -> {
            FileSystemType found = fileSystems.on(device.path(), named);
            fileSystems.mount(device.path(), found, mountpoint, writable);
            return found;
        });
        checkpoint.reached(Step.MOUNTED);
        LOG.info(
                "snapshot {}: {} ({}, {}) mounted in {} ms",
                layer.id(),
                device.path(),
                type.name(),
                device.way(),
                (System.nanoTime() - start) / 1_000_000);
        return mountpoint;
    }

    private void makeFileSystem(Layer layer, Device device, FileSystemType type) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        if (directory.needsFileSystem()) {
            fileSystems.make(device.path(), type);
            checkpoint.reached(Step.FILE_SYSTEM_MADE);
            directory.needsFileSystem(false);
        }
    }

    private void detachAfter(IOException failure, Layer layer, BlockDirectory directory) {
        try {
            backend.detach(layer);
            directory.unmark();
            handover.over(layer);
        } catch (IOException e) {
            failure.addSuppressed(e); // the mark stays, so that recovery or removal tries again
            LOG.warn("snapshot {}: after a failed attach: {}", layer.id(), e.getMessage());
        }
    }

    private static String failure(Layer layer, IOException cause) {
        return "failed to attach and mount for snapshot " + layer.id() + ": " + cause.getMessage();
    }

    /**
     * Unmounts and detaches.
     *
     * @param then done afterwards, before anybody attaches it again
     * @throws SnapshotException failed precondition while something uses the device
     */
    void release(Layer layer, Action then) throws IOException {
        turns(layer).run(() -> {
            detachUnused(layer);
            then.run();
            return layer;
        });
    }

    /** Called when there is no such layer any more. */
    void forget(Layer layer) {
        turns.remove(layer.id());
    }

    private void detachUnused(Layer layer) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        unmount(layer, directory.mountpoint());
        checkpoint.reached(Step.UNMOUNTED);
        if (!directory.isMarked()) {
            return;
        }
        try {
            backend.detach(layer);
            checkpoint.reached(Step.DETACHED);
            directory.unmark();
            checkpoint.reached(Step.UNMARKED);
            handover.over(layer);
        } catch (ControlException.NotRunning e) {
            throw new SnapshotException(Code.UNAVAILABLE, detachFailure(layer, e), e);
        } catch (DeviceInUse e) {
            throw new SnapshotException(Code.FAILED_PRECONDITION, detachFailure(layer, e), e);
        } catch (IOException e) {
            throw new IOException(detachFailure(layer, e), e);
        }
    }

    private static String detachFailure(Layer layer, IOException cause) {
        return "failed to detach the device of snapshot " + layer.id() + ": " + cause.getMessage();
    }

    private void unmount(Layer layer, Path mountpoint) throws IOException {
        MountUsers users = MountUsers.of(mountpoint, mountTable());
        if (!users.targets().isEmpty()) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    "snapshot " + layer.id() + " still has its mountpoint in use by " + users.targets());
        }
        for (int i = 0; i < users.mounts(); i++) {
            blocking.run(() -> {
                fileSystems.unmount(mountpoint);
                return mountpoint;
            });
        }
    }

    private DeviceTurns turns(Layer layer) {
        return turns.computeIfAbsent(layer.id(), id -> new DeviceTurns());
    }

    private MountTable mountTable() throws IOException {
        return blocking.run(MountTable::read);
    }
}
