package io.obd.nydussnapshotter;

import io.obd.snapshots.Claim;
import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides what a new snapshot is, from its labels and from what lies below it. */
final class Claims {
    private final FsDriver driver;
    private final MountStyle style;
    private final InstantSource clock;

    Claims(FsDriver driver, MountStyle style, InstantSource clock) {
        this.driver = driver;
        this.style = style;
        this.clock = clock;
    }

    Claim claim(Kind kind, Map<String, String> labels, List<Layer> parents) throws SnapshotException {
        if (labels.containsKey(Labels.UID_MAPPING)) {
            throw new SnapshotException(
                    Code.UNIMPLEMENTED,
                    "label " + Labels.UID_MAPPING + " is not supported: remove remap-ids from the capabilities of the"
                            + " proxy plugin in containerd's configuration");
        }
        if (kind == Kind.ACTIVE && !labels.getOrDefault(Labels.REF, "").isEmpty()) {
            return pulled(labels);
        }
        return style.isPlain(kind, labels, parents) ? new Claim.Ordinary() : new Claim.Own(LayerType.CONTAINER.word());
    }

    /** Labels of a layer that stands in for one that is not known any more: with the driver proxy none has content anyway. */
    Optional<Map<String, String>> standIn() {
        return driver == FsDriver.PROXY
                ? Optional.of(Map.of(
                        Labels.RECOVERED,
                        "true",
                        Labels.RECOVERED_AT,
                        Long.toString(clock.instant().getEpochSecond())))
                : Optional.empty();
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
