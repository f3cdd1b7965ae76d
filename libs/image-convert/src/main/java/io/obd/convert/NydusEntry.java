package io.obd.convert;

import io.obd.registry.Descriptor;

/** An entry of an index that says that it is a nydus image, which stands beside the ordinary one there. */
public final class NydusEntry {
    /** Artifact type of such an entry. */
    public static final String ARTIFACT_TYPE = "application/vnd.nydus.image.manifest.v1+json";

    /** What the entry had in its platform before there was the artifact type. */
    private static final String OS_FEATURE = "nydus.remoteimage.v1";

    private NydusEntry() {}

    /** Whether an entry is one. */
    public static boolean is(Descriptor entry) {
        return ARTIFACT_TYPE.equals(entry.artifactType())
                || (entry.platform() != null && entry.platform().osFeatures().contains(OS_FEATURE));
    }
}
