package io.obd.snapshotter;

import io.obd.image.LayerAnnotations;
import java.util.Map;
import java.util.Optional;

/**
 * Labels of snapshots beside the annotations of layers. containerd hands on those that begin with
 * {@code containerd.io/snapshot/}, and the first.
 */
final class Labels {
    /** Chain id that a pulled layer gets. Its presence means that Prepare is part of a pull. */
    static final String REF = "containerd.io/snapshot.ref";

    /** Image reference, set by command line clients. */
    static final String IMAGE_REF = "containerd.io/snapshot/image-ref";

    /** Image reference, set by the CRI plugin. */
    static final String CRI_IMAGE_REF = "containerd.io/snapshot/cri.image-ref";

    /** Set by us, with {@link #REMOTE_SNAPSHOT}, on layers that were taken in without a download. */
    static final String REMOTE = "containerd.io/snapshot/remote";

    static final String REMOTE_SNAPSHOT = "remote snapshot";

    /** {@code download}: fetch the blob while pulling. */
    static final String DOWNLOAD_REMOTE_BLOB = "containerd.io/snapshot/overlaybd/download-remote-blob";

    /** {@code dir} or {@code dev}: a writable device of its own. */
    static final String WRITABLE = "containerd.io/snapshot/overlaybd.writable";

    /** Set by us: where the file of a local layer is. */
    static final String LOCAL_COMMIT_PATH = "containerd.io/snapshot/overlaybd.localcommitpath";

    /** Size in GB of a new device with nothing below it. */
    static final String VSIZE = "containerd.io/snapshot/overlaybd/vsize";

    /** Directory for the files of a writable layer. */
    static final String ACTIVE_PATH = "containerd.io/snapshot/overlay.active.path";

    /** {@link #TYPE_IMAGE}: a layer of an image, although nothing is pulled. */
    static final String TYPE = "containerd.io/snapshot/type";

    static final String TYPE_IMAGE = "image";

    /** Where a trace of the container's reads goes, if {@link #RECORD_TRACE} is {@code yes}. */
    static final String RECORD_TRACE_PATH = "containerd.io/snapshot/overlaybd/record-trace-path";

    static final String RECORD_TRACE = "containerd.io/snapshot/overlaybd/record-trace";
    static final String DISK_QUOTA = "containerd.io/snapshot/disk_quota";

    /** Its presence means that the layer comes as a tar beside the snapshot's directory. */
    static final String CONVERT_TO_TURBO_OCI = "containerd.io/snapshot/overlaybd/convert2turbo-oci";

    private Labels() {}

    /** Whether a snapshot with these labels is the root of a container, and no layer of an image. */
    static boolean isContainer(Map<String, String> labels) {
        return !labels.containsKey(REF) && !TYPE_IMAGE.equals(labels.get(TYPE));
    }

    /** The image that a layer was pulled as part of, as its file {@code image_ref} names it: the CRI's word comes first. */
    static Optional<String> imageRef(Map<String, String> labels) {
        return Optional.ofNullable(labels.get(CRI_IMAGE_REF)).or(() -> Optional.ofNullable(labels.get(IMAGE_REF)));
    }

    static boolean isTurboOci(Map<String, String> labels) {
        return labels.containsKey(LayerAnnotations.TURBO_OCI_TARGET_DIGEST)
                || labels.containsKey(LayerAnnotations.FAST_OCI_TARGET_DIGEST);
    }

    static boolean isYes(Map<String, String> labels, String key) {
        return "yes".equals(labels.get(key));
    }
}
