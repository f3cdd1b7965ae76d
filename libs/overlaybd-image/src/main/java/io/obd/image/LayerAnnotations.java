package io.obd.image;

/**
 * Annotations that mark the layers of an overlaybd image in its manifest. containerd hands those that begin with
 * {@code containerd.io/snapshot/} to the snapshotter as labels.
 */
public final class LayerAnnotations {
    private static final String PREFIX = "containerd.io/snapshot/overlaybd/";

    /** Format of the blob, {@link #NATIVE_VERSION} for native layers. */
    public static final String VERSION = PREFIX + "version";

    /** Digest of the overlaybd blob, as in the descriptor. */
    public static final String BLOB_DIGEST = PREFIX + "blob-digest";

    /** Its size in bytes, decimal. */
    public static final String BLOB_SIZE = PREFIX + "blob-size";

    /** File system on the device: {@code type[;mount options[;mkfs options]]}. */
    public static final String BLOB_FS_TYPE = PREFIX + "blob-fs-type";

    /** {@code yes} on a top layer that holds a trace or a list of paths instead of data. */
    public static final String ACCELERATION_LAYER = PREFIX + "acceleration-layer";

    /** turboOCI: digest of the original layer. */
    public static final String TURBO_OCI_TARGET_DIGEST = PREFIX + "turbo-oci/target-digest";

    /** turboOCI: media type of the original layer. */
    public static final String TURBO_OCI_TARGET_MEDIA_TYPE = PREFIX + "turbo-oci/target-media-type";

    /** Old name of {@link #TURBO_OCI_TARGET_DIGEST}. */
    public static final String FAST_OCI_TARGET_DIGEST = PREFIX + "fastoci/target-digest";

    /** Old name of {@link #TURBO_OCI_TARGET_MEDIA_TYPE}. */
    public static final String FAST_OCI_TARGET_MEDIA_TYPE = PREFIX + "fastoci/target-media-type";

    /** Value of {@link #VERSION} for native layers. */
    public static final String NATIVE_VERSION = "0.1.0";

    /** Value of {@link #VERSION} for turboOCI layers. */
    public static final String TURBO_OCI_VERSION = "0.1.0-turbo.ociv1";

    private LayerAnnotations() {}
}
