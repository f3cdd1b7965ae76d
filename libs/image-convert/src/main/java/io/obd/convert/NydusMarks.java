package io.obd.convert;

import io.obd.registry.Descriptor;

/** What tells nydus images from ordinary ones: in an index, where they may stand beside each other, and in a manifest. */
public final class NydusMarks {
    /** Media type of a layer that is a RAFS blob. */
    public static final String BLOB_TYPE = "application/vnd.oci.image.layer.nydus.blob.v1";

    /** Annotation of a layer: it is a RAFS blob. */
    public static final String BLOB = "containerd.io/snapshot/nydus-blob";

    /** Annotation of a layer: it holds the bootstrap. */
    public static final String BOOTSTRAP = "containerd.io/snapshot/nydus-bootstrap";

    /** Artifact type of an index's entry. */
    public static final String ARTIFACT_TYPE = "application/vnd.nydus.image.manifest.v1+json";

    /** What the entry had in its platform before there was the artifact type. */
    private static final String OS_FEATURE = "nydus.remoteimage.v1";

    private NydusMarks() {}

    /** Whether a layer is one that only nydus images have. */
    public static boolean areOnLayer(Descriptor layer) {
        return layer.mediaType().equals(BLOB_TYPE)
                || layer.annotations().containsKey(BLOB)
                || layer.annotations().containsKey(BOOTSTRAP);
    }

    /** Whether an entry of an index says that it is a nydus image. */
    public static boolean areOnEntry(Descriptor entry) {
        return ARTIFACT_TYPE.equals(entry.artifactType())
                || (entry.platform() != null && entry.platform().osFeatures().contains(OS_FEATURE));
    }
}
