package io.obd.nydussnapshotter;

import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A nydus image that is, or is to be, a file system.
 *
 * @param snapshot number of the snapshot that its bootstrap layer is
 * @param directory of that snapshot
 * @param image what it was pulled as
 * @param labels of that snapshot
 */
record RafsInstance(long snapshot, Path directory, BootstrapFile bootstrap, String image, Map<String, String> labels) {

    /**
     * The image of a bootstrap layer.
     *
     * @throws SnapshotException failed precondition, if it has no bootstrap
     */
    static RafsInstance of(Layer layer) throws SnapshotException {
        return new RafsInstance(
                layer.id(),
                layer.directory(),
                BootstrapFile.of(layer),
                Labels.imageRef(layer.labels()).orElse(""),
                layer.labels());
    }

    /** By which a daemon tells it from others; also where it is, below the mountpoint of a shared daemon. */
    String id() {
        return "/" + snapshot;
    }

    /** Where a daemon of its own mounts it. */
    Path mountpoint() {
        return mountpoint(directory);
    }

    static Path mountpoint(Path directory) {
        return directory.resolve("mnt");
    }

    /**
     * The name of the image.
     *
     * @throws SnapshotException failed precondition, if the layer was pulled without it
     */
    ImageReference reference() throws SnapshotException {
        if (image.isEmpty()) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    "it is not known which image snapshot " + snapshot + " is of: label " + Labels.CRI_IMAGE_REF
                            + " was missing when it was pulled; in containerd's configuration this is"
                            + " disable_snapshot_annotations = false of the CRI (1.x) or"
                            + " exports.enable_remote_snapshot_annotations of the proxy plugin (2.x); for a pull by"
                            + " hand there is ctr rpull");
        }
        try {
            return ImageReference.parse(image);
        } catch (IllegalArgumentException e) {
            throw new SnapshotException(Code.FAILED_PRECONDITION, "snapshot " + snapshot + ": " + e.getMessage(), e);
        }
    }

    /** Credentials that came with the pull. */
    Optional<Credentials> credentials() {
        String user = labels.getOrDefault(Labels.PULL_USER, "");
        String secret = labels.getOrDefault(Labels.PULL_SECRET, "");
        return user.isEmpty() || secret.isEmpty()
                ? Optional.empty()
                : Optional.of(new Credentials.UserPassword(user, secret));
    }
}
