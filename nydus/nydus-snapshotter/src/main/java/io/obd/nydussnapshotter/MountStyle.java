package io.obd.nydussnapshotter;

import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import java.util.List;
import java.util.Map;

/**
 * Which snapshots of containers are mounted otherwise than as a plain overlay.
 *
 * @param driver how images become file systems
 * @param daemons whether there are any
 * @param settings of the snapshotter's configuration
 */
record MountStyle(FsDriver driver, boolean daemons, SnapshotterConfig.Snapshots settings) {

    boolean isPlain(Kind kind, Map<String, String> labels, List<Layer> parents) {
        return !carriesKataVolume(kind, labels, parents) && !carriesExtraOption(parents) && !isVolatile(kind, labels);
    }

    /** Whether the mount tells a guest which image it is to pull. */
    boolean carriesKataVolume(Kind kind, Map<String, String> labels, List<Layer> parents) {
        if (parents.stream().limit(1).anyMatch(LayerType.PROXY::is)) {
            return settings.kataVolume();
        }
        // Nothing of a pull was seen by us: another snapshotter had the image before.
        return driver == FsDriver.PROXY && kind == Kind.ACTIVE && !labels.containsKey(Labels.CRI_IMAGE_REF);
    }

    /** Whether the mount says how the image can be mounted by somebody else. */
    boolean carriesExtraOption(List<Layer> parents) {
        boolean nydus = parents.stream()
                .filter(parent -> !parent.isOrdinary())
                .findFirst()
                .filter(LayerType.BOOTSTRAP::is)
                .isPresent();
        return nydus && (!daemons || (settings.nydusOverlayfs() && !settings.kataVolume()));
    }

    /** Whether what is written need not survive a crash. */
    boolean isVolatile(Kind kind, Map<String, String> labels) {
        return kind == Kind.ACTIVE && (settings.volatileUppers() || labels.containsKey(Labels.VOLATILE));
    }
}
