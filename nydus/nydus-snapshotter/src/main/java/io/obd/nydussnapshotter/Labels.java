package io.obd.nydussnapshotter;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Labels of snapshots. containerd makes them of a layer's annotations that begin with {@code containerd.io/snapshot/}, and
 * adds those about the image. That a nydus label is there is what counts, not its value.
 */
final class Labels {
    /** Chain id that a pulled layer gets. Its presence means that Prepare is part of a pull. */
    static final String REF = "containerd.io/snapshot.ref";

    /** The layer is data of a nydus image. */
    static final String BLOB = "containerd.io/snapshot/nydus-blob";

    /** The layer is the metadata of a nydus image. */
    static final String BOOTSTRAP = "containerd.io/snapshot/nydus-bootstrap";

    /** The layer of an ordinary image that a data layer refers to, for where its bytes are. */
    static final String REFERENCE = "containerd.io/snapshot/nydus-ref";

    /** Set by us: the layer is pulled by somebody else. */
    static final String PROXY_MODE = "containerd.io/snapshot/nydus-proxy-mode";

    /** The signature of the metadata, in base64. */
    static final String SIGNATURE = "containerd.io/snapshot/nydus-signature";

    static final String CRI_IMAGE_REF = "containerd.io/snapshot/cri.image-ref";
    static final String CRI_LAYER_DIGEST = "containerd.io/snapshot/cri.layer-digest";

    /** Credentials of the pull. */
    static final String PULL_USER = "containerd.io/snapshot/pullusername";

    static final String PULL_SECRET = "containerd.io/snapshot/pullsecret";

    /** What is written need not survive a crash. */
    static final String VOLATILE = "containerd.io/snapshot/overlay.volatile";

    /** Of a layer that stands in for one that was not known, and since when it does, in seconds since 1970. */
    static final String RECOVERED = "nydus.recovered";

    static final String RECOVERED_AT = "nydus.recovered.at";

    static final String UID_MAPPING = "containerd.io/snapshot/uidmapping";

    /** Labels that name the image: of the CRI, of our and other command line clients, of buildkit. */
    private static final List<String> IMAGE_REFS = List.of(
            CRI_IMAGE_REF, "containerd.io/snapshot/image-ref", "containerd.io/snapshot/remote/stargz.reference");

    private Labels() {}

    /** The name of the image that a layer was pulled as part of. */
    static Optional<String> imageRef(Map<String, String> labels) {
        return IMAGE_REFS.stream().map(labels::get).filter(Objects::nonNull).findFirst();
    }
}
