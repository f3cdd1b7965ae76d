package io.obd.snapshotter;

import io.obd.image.LayerAnnotations;
import io.obd.snapshots.Claim;
import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.LayerProvider;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The layers of overlaybd images: recognised by their labels, seen through a device that all containers share. */
final class ObdLayers implements LayerProvider {
    private static final Logger LOG = LoggerFactory.getLogger(ObdLayers.class);

    /** A layer whose blob is in the registry, unless it was downloaded. */
    static final String REMOTE = "overlaybd-remote";

    /** A layer whose file was unpacked into the snapshot's directory. */
    static final String LOCAL = "overlaybd-local";

    private static final String LATER = " is not supported yet";

    private final DeviceSpecs specs;
    private final Devices devices;

    ObdLayers(DeviceSpecs specs, Devices devices) {
        this.specs = specs;
        this.devices = devices;
    }

    @Override
    public Claim claim(Kind kind, Map<String, String> labels, List<Layer> parents) throws IOException {
        if (labels.containsKey(Labels.CONVERT_TO_TURBO_OCI)) {
            throw unsupported("label " + Labels.CONVERT_TO_TURBO_OCI);
        }
        if (kind == Kind.ACTIVE && labels.containsKey(Labels.REF)) {
            return claimPulled(labels, parents);
        }
        refuseForContainers(labels);
        return new Claim.Ordinary();
    }

    private Claim claimPulled(Map<String, String> labels, List<Layer> parents) throws IOException {
        if (Labels.isYes(labels, LayerAnnotations.ACCELERATION_LAYER)) {
            throw unsupported("an acceleration layer (label " + LayerAnnotations.ACCELERATION_LAYER + ")");
        }
        if (!isRemote(labels)) {
            return new Claim.Ordinary();
        }
        boolean download = "download".equals(labels.get(Labels.DOWNLOAD_REMOTE_BLOB));
        if (!download && Labels.isTurboOci(labels)) {
            return new Claim.Ordinary(); // its small archive is unpacked like any layer
        }
        specs.remoteBlob(labels); // refuses what it cannot read
        if (!parents.isEmpty()) {
            DeviceSpecs.requireBlock(parents.getFirst());
        }
        return download
                ? new Claim.Unpacked(REMOTE)
                : new Claim.Complete(
                        REMOTE, labels.getOrDefault(Labels.REF, ""), Map.of(Labels.REMOTE, Labels.REMOTE_SNAPSHOT));
    }

    private static boolean isRemote(Map<String, String> labels) {
        boolean digest = labels.containsKey(LayerAnnotations.BLOB_DIGEST);
        boolean size = labels.containsKey(LayerAnnotations.BLOB_SIZE);
        boolean image = Labels.imageRef(labels).isPresent();
        if (digest && !(size && image)) {
            LOG.warn(
                    "an overlaybd layer is pulled as an ordinary one: label {} is missing",
                    size ? Labels.IMAGE_REF : LayerAnnotations.BLOB_SIZE);
        }
        return digest && size && image;
    }

    private static void refuseForContainers(Map<String, String> labels) throws SnapshotException {
        for (String key : List.of(Labels.WRITABLE, Labels.DISK_QUOTA)) {
            if (labels.containsKey(key)) {
                throw unsupported("label " + key + "=" + labels.get(key));
            }
        }
        if (Labels.isYes(labels, Labels.RECORD_TRACE)) {
            throw unsupported("label " + Labels.RECORD_TRACE);
        }
    }

    private static SnapshotException unsupported(String what) {
        return new SnapshotException(Code.UNIMPLEMENTED, what + LATER);
    }

    @Override
    public void create(Layer layer, List<Layer> parents) throws IOException {
        specs.writeRemote(layer, parents);
    }

    @Override
    public Commit commit(Layer layer, Map<String, String> labels, List<Layer> parents) throws IOException {
        if (layer.type().equals(REMOTE)) {
            return new Commit(REMOTE, Map.of());
        }
        if (Labels.isTurboOci(labels) || Labels.isTurboOci(layer.labels())) {
            throw unsupported("a turboOCI layer");
        }
        Optional<Path> file = LayerFile.in(layer.fs());
        if (file.isEmpty()) {
            return Commit.ORDINARY;
        }
        specs.writeLocal(layer, parents);
        return new Commit(LOCAL, Map.of(Labels.LOCAL_COMMIT_PATH, file.get().toString()));
    }

    @Override
    public Path attach(List<Layer> chain) throws IOException {
        return devices.mount(chain.getFirst());
    }

    @Override
    public void detach(Layer layer) throws IOException {
        devices.release(layer);
    }

    @Override
    public void recover(List<Layer> layers) throws IOException {
        devices.recover(layers);
    }
}
