package io.obd.snapshotter;

import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings mounts and devices in order with the records, at the start. What was attached and never mounted is detached, and
 * what belongs to no snapshot goes. Mounted devices stay, and those that their callers mount: containers use them. What
 * a reboot took away comes back when a container asks for its mounts.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final Backend backend;
    private final FileSystems fileSystems;
    private final Handover handover;
    private final Path root;

    /** @param root data directory; what does not lie in it is somebody else's */
    Recovery(Backend backend, FileSystems fileSystems, Handover handover, Path root) {
        this.backend = backend;
        this.fileSystems = fileSystems;
        this.handover = handover;
        this.root = root;
    }

    /** @param layers all of ours */
    void run(List<Layer> layers) throws IOException {
        MountTable table = MountTable.read();
        for (Layer layer : layers) {
            check(layer, table);
        }
        Path ours = root.toRealPath();
        unmountUnknown(layers, ours, table);
        detachUnknown(layers, ours);
    }

    private void check(Layer layer, MountTable table) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        LayerType type = LayerType.of(layer);
        if (type.isSpecified() && !Files.exists(directory.spec())) {
            LOG.error("snapshot {} ({}): {} is gone", layer.id(), layer.name(), directory.spec());
        }
        boolean callers = type == LayerType.WRITABLE_DEV || type == LayerType.VIEW_DEV;
        if (directory.isMarked() && !callers && table.at(directory.mountpoint()).isEmpty()) {
            try {
                backend.detach(layer);
                directory.unmark();
            } catch (IOException e) {
                LOG.warn("snapshot {}: a device may be left over: {}", layer.id(), e.getMessage());
            }
        }
        if (directory.isMarked() && Files.exists(directory.spec())) {
            handover.goesOn(layer, DeviceSpecs.read(layer));
        }
    }

    private void unmountUnknown(List<Layer> layers, Path ours, MountTable table) {
        Set<Path> known = layers.stream()
                .map(layer -> BlockDirectory.of(layer).mountpoint())
                .collect(Collectors.toSet());
        for (Mount mount : table.below(ours)) {
            if (mount.target().endsWith(BlockDirectory.MOUNTPOINT) && !known.contains(mount.target())) {
                try {
                    fileSystems.unmount(mount.target());
                    LOG.info("unmounted {}, which belonged to no snapshot", mount.target());
                } catch (IOException e) {
                    LOG.warn("{} belongs to no snapshot: {}", mount.target(), e.getMessage());
                }
            }
        }
    }

    private void detachUnknown(List<Layer> layers, Path ours) {
        Set<Long> known = layers.stream().map(Layer::id).collect(Collectors.toSet());
        try {
            backend.detachUnknown(known, ours);
        } catch (IOException e) {
            LOG.warn("devices may be left over: {}", e.getMessage());
        }
    }
}
