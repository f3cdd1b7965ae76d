package io.obd.nydussnapshotter;

import io.obd.snapshots.Claim;
import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.util.List;
import java.util.Map;

/** Decides what a new snapshot is, from its labels and from what lies below it. */
final class Claims {
    private final FsDriver driver;
    private final MountStyle style;

    Claims(FsDriver driver, MountStyle style) {
        this.driver = driver;
        this.style = style;
    }

    Claim claim(Kind kind, Map<String, String> labels, List<Layer> parents) throws SnapshotException {
        if (labels.containsKey(Labels.UID_MAPPING)) {
            throw new SnapshotException(
                    Code.UNIMPLEMENTED,
                    "label " + Labels.UID_MAPPING + " is not supported: remove remap-ids from the capabilities of the"
                            + " proxy plugin in containerd's configuration");
        }
        if (kind == Kind.ACTIVE && labels.containsKey(Labels.REF)) {
            return pulled(labels);
        }
        return style.isPlain(kind, labels, parents) ? new Claim.Ordinary() : new Claim.Own(LayerType.CONTAINER.word());
    }

    private Claim pulled(Map<String, String> labels) throws SnapshotException {
        String target = labels.getOrDefault(Labels.REF, "");
        if (driver == FsDriver.PROXY) {
            if (!labels.containsKey(Labels.CRI_LAYER_DIGEST)) {
                throw new SnapshotException(
                        Code.INVALID_ARGUMENT,
                        "label " + Labels.CRI_LAYER_DIGEST + " is missing: whoever pulls the layer instead needs it");
            }
            return new Claim.Complete(LayerType.PROXY.word(), target, Map.of(Labels.PROXY_MODE, "true"));
        }
        if (labels.containsKey(Labels.BOOTSTRAP)) {
            return new Claim.Own(LayerType.BOOTSTRAP.word());
        }
        return labels.containsKey(Labels.BLOB)
                ? new Claim.Complete(LayerType.BLOB.word(), target, Map.of())
                : new Claim.Ordinary();
    }
}
