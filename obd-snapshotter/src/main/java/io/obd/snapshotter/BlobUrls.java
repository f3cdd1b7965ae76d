package io.obd.snapshotter;

import io.obd.registry.ImageReference;
import java.util.Set;

/** Where the backend fetches the blobs of an image. */
final class BlobUrls {
    private final Set<String> insecureHosts;

    /** @param insecureHosts registries that are spoken to without TLS, as they stand in image references */
    BlobUrls(Set<String> insecureHosts) {
        this.insecureHosts = Set.copyOf(insecureHosts);
    }

    /**
     * {@code https://host/v2/repository/blobs}.
     *
     * @throws IllegalArgumentException if it is not the name of an image
     */
    String of(String imageReference) {
        ImageReference image = ImageReference.parse(imageReference);
        boolean insecure = insecureHosts.contains(image.host()) || insecureHosts.contains(image.apiHost());
        return (insecure ? "http" : "https") + "://" + image.apiHost() + "/v2/" + image.repository() + "/blobs";
    }
}
