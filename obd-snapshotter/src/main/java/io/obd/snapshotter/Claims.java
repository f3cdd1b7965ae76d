package io.obd.snapshotter;

import io.obd.image.LayerAnnotations;
import io.obd.snapshots.Claim;
import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides what a new snapshot is, from its labels and from what lies below it. */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private static final String HOW_TO_NAME_IMAGES = "; in containerd's configuration this is"
            + " disable_snapshot_annotations = false of the CRI (1.x) or exports.enable_remote_snapshot_annotations of"
            + " the proxy plugin (2.x); for a pull by hand there is ctr rpull";

    private final RwMode defaultMode;
    private final boolean docker;
    private final long defaultQuota;
    private final LayerLabels layerLabels;

    /**
     * @param defaultMode of containers whose labels do not say
     * @param docker whether snapshots named like Docker's init layers are those
     * @param defaultQuota bytes that containers may write whose labels do not say, 0 for no limit
     */
    Claims(RwMode defaultMode, boolean docker, long defaultQuota, LayerLabels layerLabels) {
        this.defaultMode = defaultMode;
        this.docker = docker;
        this.defaultQuota = defaultQuota;
        this.layerLabels = layerLabels;
    }

    Claim claim(Kind kind, String key, Map<String, String> labels, List<Layer> parents) throws IOException {
        Claim claim = decide(kind, key, labels, parents);
        boolean shown = Labels.isContainer(labels)
                && !parents.isEmpty()
                && !parents.getFirst().isOrdinary();
        boolean tar = kind == Kind.ACTIVE && labels.containsKey(Labels.CONVERT_TO_TURBO_OCI) && !shown;
        return tar && claim instanceof Claim.Ordinary ? new Claim.Own(LayerType.TAR.word()) : claim;
    }

    private Claim decide(Kind kind, String key, Map<String, String> labels, List<Layer> parents) throws IOException {
        if (kind == Kind.ACTIVE && !labels.getOrDefault(Labels.REF, "").isEmpty()) {
            return pulled(labels, parents);
        }
        if (docker && kind == Kind.ACTIVE && !parents.isEmpty() && isInit(key)) {
            return new Claim.Own(LayerType.DOCKER_INIT.word());
        }
        return Labels.isContainer(labels) ? container(kind, labels, parents) : new Claim.Ordinary();
    }

    private static boolean isInit(String key) {
        return key.endsWith("-init") || key.contains("-init-");
    }

    private Claim pulled(Map<String, String> labels, List<Layer> parents) throws IOException {
        if (Labels.isYes(labels, LayerAnnotations.ACCELERATION_LAYER)) {
            if (parents.isEmpty()) {
                throw new SnapshotException(
                        Code.FAILED_PRECONDITION, "an acceleration layer has to lie on the image that it is for");
            }
            DeviceSpecs.requireBlock(parents.getFirst());
            return new Claim.Own(LayerType.ACCELERATION.word());
        }
        if (Labels.isTurboOci(labels)) {
            layerLabels.repoBlobUrl(labels); // refuses what it cannot read
            return new Claim.Own(LayerType.TURBO_OCI.word());
        }
        if (!labels.containsKey(LayerAnnotations.BLOB_DIGEST)) {
            return new Claim.Ordinary();
        }
        if (!parents.isEmpty()) {
            DeviceSpecs.requireBlock(parents.getFirst());
        }
        if (!isRemote(labels)) {
            return new Claim.Own(LayerType.DOWNLOADED.word());
        }
        layerLabels.remoteBlob(labels);
        return "download".equals(labels.get(Labels.DOWNLOAD_REMOTE_BLOB))
                ? new Claim.Own(LayerType.REMOTE.word())
                : new Claim.Complete(
                        LayerType.REMOTE.word(),
                        labels.getOrDefault(Labels.REF, ""),
                        Map.of(Labels.REMOTE, Labels.REMOTE_SNAPSHOT));
    }

    /** Whether it is known where the layer is; if not, the log says what the client should have said. */
    private static boolean isRemote(Map<String, String> labels) {
        boolean size = labels.containsKey(LayerAnnotations.BLOB_SIZE);
        boolean image = Labels.imageRef(labels).isPresent();
        if (!(size && image)) {
            LOG.warn(
                    "overlaybd layer {} is downloaded whole: label {} is missing{}",
                    labels.get(LayerAnnotations.BLOB_DIGEST),
                    size ? Labels.CRI_IMAGE_REF : LayerAnnotations.BLOB_SIZE,
                    size ? HOW_TO_NAME_IMAGES : "");
        }
        return size && image;
    }

    private Claim container(Kind kind, Map<String, String> labels, List<Layer> parents) throws IOException {
        RwMode mode = mode(labels);
        boolean possible =
                parents.isEmpty() ? kind == Kind.ACTIVE : !parents.getFirst().isOrdinary();
        if (mode == RwMode.OVERLAYFS || !possible) {
            if (mode != RwMode.OVERLAYFS && labels.containsKey(Labels.WRITABLE)) {
                LOG.warn("label {} is dropped: what lies below is no overlaybd image", Labels.WRITABLE);
            }
            long quota = kind == Kind.ACTIVE ? LayerLabels.quota(labels, defaultQuota) : 0;
            return new Claim.Ordinary(Set.of(Labels.WRITABLE), quota);
        }
        if (kind == Kind.VIEW) {
            // What cannot be written needs no device of its own, unless the caller wants to mount one.
            return mode == RwMode.DEV ? new Claim.Own(LayerType.VIEW_DEV.word()) : new Claim.Ordinary();
        }
        if (labels.containsKey(Labels.DISK_QUOTA)) {
            LOG.warn("label {} has no effect: the container has a device of its own", Labels.DISK_QUOTA);
        }
        LayerLabels.gigabytes(labels, 0);
        UpperFiles.check(labels);
        Trace.of(labels);
        return new Claim.Own((mode == RwMode.DEV ? LayerType.WRITABLE_DEV : LayerType.WRITABLE_DIR).word());
    }

    private RwMode mode(Map<String, String> labels) throws SnapshotException {
        String word = labels.getOrDefault(Labels.WRITABLE, "");
        if (word.isEmpty()) {
            return defaultMode;
        }
        return RwMode.of(word)
                .orElseThrow(() -> new SnapshotException(
                        Code.INVALID_ARGUMENT,
                        "label " + Labels.WRITABLE + " is \"" + word + "\": dir, dev or overlayfs is expected"));
    }
}
