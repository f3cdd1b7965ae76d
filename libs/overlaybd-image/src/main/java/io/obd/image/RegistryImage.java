package io.obd.image;

import io.obd.image.ImageConfig.Lower;
import io.obd.registry.Descriptor;
import io.obd.registry.ImageReference;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import io.obd.registry.RegistryClient;
import io.obd.registry.Repository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An image in a registry, opened without a snapshotter: its manifest says what the layers are.
 *
 * @param reference the name it was asked for by
 * @param descriptor of its manifest
 * @param blobsUrl {@code https://host/v2/repository/blobs}
 */
public record RegistryImage(ImageReference reference, Descriptor descriptor, Manifest manifest, String blobsUrl) {
    private static final int MAX_NESTED_INDEXES = 4;
    private static final String YES = "yes";

    /**
     * Looks an image up. An index stands for the image of one platform in it.
     *
     * @throws ImageOpenException if there is something, but not an image for the platform
     */
    public static RegistryImage resolve(RegistryClient client, ImageReference reference, Platform platform)
            throws IOException {
        Repository repository = client.repository(reference);
        Descriptor descriptor = repository.resolve(reference.target());
        for (int i = 0; i < MAX_NESTED_INDEXES && MediaTypes.isIndex(descriptor.mediaType()); i++) {
            Index index = Index.parse(repository.fetchDocument(descriptor));
            descriptor = index.choose(platform)
                    .orElseThrow(() -> new ImageOpenException(
                            reference + " has no image for " + platform + ", only for " + platforms(index)));
        }
        if (!MediaTypes.isManifest(descriptor.mediaType())) {
            throw new ImageOpenException(reference + " is no image: its media type is " + descriptor.mediaType());
        }
        Manifest manifest = Manifest.parse(repository.fetchDocument(descriptor));
        return new RegistryImage(reference, descriptor, manifest, client.blobsUrl(reference));
    }

    private static List<String> platforms(Index index) {
        return index.manifests().stream()
                .filter(entry -> !Index.isAttestation(entry))
                .map(entry -> String.valueOf(entry.platform()))
                .toList();
    }

    /**
     * The device that the layers make, each read from the registry.
     *
     * @throws ImageOpenException if a layer is none of overlaybd
     */
    public ImageConfig config() throws ImageOpenException {
        List<Lower> lowers = new ArrayList<>();
        List<Descriptor> layers = manifest.layers();
        boolean accelerated = false;
        for (int i = 0; i < layers.size(); i++) {
            Descriptor layer = layers.get(i);
            Map<String, String> annotations = layer.annotations();
            String name = reference + ": layer " + i + " (" + layer.digest() + ", " + layer.mediaType() + ")";
            if (!annotations.containsKey(LayerAnnotations.BLOB_DIGEST)) {
                throw new ImageOpenException(name + " is an ordinary layer, not one of overlaybd: convert the image"
                        + " with convertor, or name the tag of its overlaybd form");
            }
            if (annotations.containsKey(LayerAnnotations.TURBO_OCI_TARGET_DIGEST)
                    || annotations.containsKey(LayerAnnotations.FAST_OCI_TARGET_DIGEST)) {
                throw new ImageOpenException(name + " is a turboOCI layer, which is not supported yet");
            }
            accelerated = YES.equals(annotations.get(LayerAnnotations.ACCELERATION_LAYER));
            lowers.add(Lower.remote(layer.digest().toString(), layer.size(), ""));
        }
        if (lowers.isEmpty()) {
            throw new ImageOpenException(reference + " has no layers");
        }
        return new ImageConfig(blobsUrl, lowers, ImageConfig.Upper.NONE, "", accelerated, "", null);
    }
}
