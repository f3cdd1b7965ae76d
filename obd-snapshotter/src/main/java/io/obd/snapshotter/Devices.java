package io.obd.snapshotter;

import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceInfo;
import io.obd.image.LayerAnnotations;
import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices of images: attached by the backend and mounted read-only once, whoever asks first. Callers for the same
 * image wait for each other, others do not.
 *
 * <p>A mark in the layer's directory stands from before the attach until after the detach. So after a crash it is known
 * which devices may exist.
 */
final class Devices {
    private static final Logger LOG = LoggerFactory.getLogger(Devices.class);

    private final ControlClient backend;
    private final BlockingCalls blocking;
    private final String tenant;
    private final FileSystemType defaultType;
    private final Mounts mounts = new Mounts();
    private final ConcurrentMap<Long, Lock> locks = new ConcurrentHashMap<>();

    /**
     * @param tenant tells the devices of several snapshotters apart
     * @param defaultType file system of layers that do not name theirs
     */
    Devices(ControlClient backend, BlockingCalls blocking, String tenant, FileSystemType defaultType) {
        this.backend = backend;
        this.blocking = blocking;
        this.tenant = tenant;
        this.defaultType = defaultType;
    }

    /**
     * The place where the image of this layer and all below it is seen, mounted now if it was not. The backend is asked
     * each time: after a restart it may have another device than the one that is mounted.
     */
    Path mount(Layer layer) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        Lock lock = locks.computeIfAbsent(layer.id(), id -> new ReentrantLock());
        lock.lock();
        try {
            attachAndMount(layer, directory);
            return directory.mountpoint();
        } finally {
            lock.unlock();
        }
    }

    private void attachAndMount(Layer layer, BlockDirectory directory) throws IOException {
        long start = System.nanoTime();
        FileSystemType named = namedType(layer);
        boolean wasMarked = directory.isMarked();
        if (!wasMarked) {
            directory.mark("");
        }
        try {
            DeviceInfo device = backend.attach(deviceId(layer), directory.spec());
            Optional<Mount> mounted = mountTable().at(directory.mountpoint());
            if (mounted.isPresent() && mounted.get().source().equals(device.device())) {
                return;
            }
            directory.mark(device.device());
            unmount(layer, directory.mountpoint());
            FileSystemType type = blocking.run(() -> mount(device, named, directory.mountpoint()));
            LOG.info(
                    "snapshot {}: {} ({}) attached by {} and mounted in {} ms",
                    layer.id(),
                    device.device(),
                    type.name(),
                    device.frontend(),
                    (System.nanoTime() - start) / 1_000_000);
        } catch (ControlException.NotRunning e) {
            if (!wasMarked) {
                directory.unmark();
            }
            throw new SnapshotException(Code.UNAVAILABLE, failure(layer, e), e);
        } catch (IOException e) {
            detachAfter(e, layer, directory);
            throw new IOException(failure(layer, e), e);
        }
    }

    private FileSystemType mount(DeviceInfo device, FileSystemType named, Path mountpoint) throws IOException {
        Path node = Path.of(device.device());
        FileSystemType type = ErofsProbe.isErofs(node) ? FileSystemType.of("erofs") : named;
        List<String> options = new ArrayList<>(List.of("ro"));
        options.addAll(type.mountOptions());
        mounts.mount(device.device(), mountpoint, type.name(), options);
        return type;
    }

    private FileSystemType namedType(Layer layer) throws SnapshotException {
        String label = layer.labels().get(LayerAnnotations.BLOB_FS_TYPE);
        if (label == null || label.isEmpty()) {
            return defaultType;
        }
        try {
            return FileSystemType.parse(label);
        } catch (IllegalArgumentException e) {
            throw new SnapshotException(
                    Code.INVALID_ARGUMENT, "label " + LayerAnnotations.BLOB_FS_TYPE + ": " + e.getMessage(), e);
        }
    }

    private void detachAfter(IOException failure, Layer layer, BlockDirectory directory) {
        try {
            backend.detach(deviceId(layer));
            directory.unmark();
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
     * @throws SnapshotException failed precondition while something uses the mount, naming it
     */
    void release(Layer layer) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        Lock lock = locks.computeIfAbsent(layer.id(), id -> new ReentrantLock());
        lock.lock();
        try {
            unmount(layer, directory.mountpoint());
            if (directory.isMarked()) {
                backend.detach(deviceId(layer));
                directory.unmark();
            }
        } catch (ControlException.NotRunning e) {
            throw new SnapshotException(
                    Code.UNAVAILABLE,
                    "failed to detach the device of snapshot " + layer.id() + ": " + e.getMessage(),
                    e);
        } finally {
            lock.unlock();
        }
        locks.remove(layer.id());
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
                mounts.unmount(mountpoint);
                return mountpoint;
            });
        }
    }

    /**
     * Detaches what was attached but never mounted. Mounted devices stay: containers use them. What a reboot took away
     * comes back when a container asks for its mounts.
     */
    void recover(List<Layer> layers) throws IOException {
        MountTable table = mountTable();
        for (Layer layer : layers) {
            BlockDirectory directory = BlockDirectory.of(layer);
            if (!Files.exists(directory.spec())) {
                LOG.error("snapshot {} ({}): {} is gone", layer.id(), layer.name(), directory.spec());
            }
            if (directory.isMarked() && table.at(directory.mountpoint()).isEmpty()) {
                try {
                    backend.detach(deviceId(layer));
                    directory.unmark();
                } catch (ControlException e) {
                    LOG.warn("snapshot {}: a device may be left over: {}", layer.id(), e.getMessage());
                }
            }
        }
    }

    private MountTable mountTable() throws IOException {
        return blocking.run(MountTable::read);
    }

    private String deviceId(Layer layer) {
        return tenant + "-" + layer.id();
    }
}
