package io.obd.ctr.pull;

import io.obd.image.LayerAnnotations;
import io.obd.registry.Descriptor;
import java.util.Map;

/** What a layer's annotations promise about the need to download it. */
enum LayerKind {
    /** A tar of files. */
    ORDINARY("an ordinary layer without overlaybd annotations"),
    /** A block image; its blocks can be read where they are. */
    BLOCK("the snapshotter did not take it as a remote layer"),
    /** turboOCI: a small archive of metadata; the files stay in the layer it points to. */
    TURBO("turboOCI metadata, the files stay in the registry"),
    /** A list of what to prefetch. */
    ACCELERATION("the list of what to prefetch"),
    /** Data of a nydus image, which can be read where it is. */
    NYDUS_BLOB("the snapshotter did not take it as data of a nydus image"),
    /** Metadata of a nydus image. */
    NYDUS_BOOTSTRAP("metadata of a nydus image, the data stays in the registry");

    private static final String NYDUS_BLOB_ANNOTATION = "containerd.io/snapshot/nydus-blob";
    private static final String NYDUS_BOOTSTRAP_ANNOTATION = "containerd.io/snapshot/nydus-bootstrap";

    private final String whyDownloaded;

    LayerKind(String whyDownloaded) {
        this.whyDownloaded = whyDownloaded;
    }

    static LayerKind of(Descriptor layer) {
        Map<String, String> annotations = layer.annotations();
        if (annotations.containsKey(NYDUS_BOOTSTRAP_ANNOTATION)) {
            return NYDUS_BOOTSTRAP;
        }
        if (annotations.containsKey(NYDUS_BLOB_ANNOTATION)) {
            return NYDUS_BLOB;
        }
        if (!annotations.containsKey(LayerAnnotations.BLOB_DIGEST)) {
            return ORDINARY;
        }
        if ("yes".equals(annotations.get(LayerAnnotations.ACCELERATION_LAYER))) {
            return ACCELERATION;
        }
        boolean turbo = annotations.containsKey(LayerAnnotations.TURBO_OCI_TARGET_DIGEST)
                || annotations.containsKey(LayerAnnotations.FAST_OCI_TARGET_DIGEST);
        return turbo ? TURBO : BLOCK;
    }

    /** Whether its bytes can stay where they are, if the snapshotter knows how. */
    boolean canStay() {
        return this == BLOCK || this == NYDUS_BLOB;
    }

    /** Why a layer of this kind was downloaded when it was. */
    String whyDownloaded() {
        return whyDownloaded;
    }
}
