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
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final List<String> METADATA = List.of("ext4.fs.meta", "erofs.fs.meta");
    private static final String GZIP_INDEX = "gzip.meta";

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

    /** Unpacks the archive that a turboOCI layer is. */
    public interface ArchiveUnpacker {

        /** The directory with its files. */
        Path unpack(Descriptor layer) throws IOException;
    }

    /**
     * The device that the layers make, each read from the registry.
     *
     * @param unpacker called for turboOCI layers
     * @throws ImageOpenException if a layer is none of overlaybd
     */
    public ImageConfig config(ArchiveUnpacker unpacker) throws IOException {
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
            String target = annotations.getOrDefault(
                    LayerAnnotations.TURBO_OCI_TARGET_DIGEST,
                    annotations.getOrDefault(LayerAnnotations.FAST_OCI_TARGET_DIGEST, ""));
            if (!target.isEmpty()) {
                lowers.add(turboOci(name, unpacker.unpack(layer), target));
                continue;
            }
            accelerated = YES.equals(annotations.get(LayerAnnotations.ACCELERATION_LAYER));
            lowers.add(Lower.remote(layer.digest().toString(), layer.size(), ""));
        }
        if (lowers.isEmpty()) {
            throw new ImageOpenException(reference + " has no layers");
        }
        return new ImageConfig(blobsUrl, lowers, ImageConfig.Upper.NONE, "", accelerated, "", null);
    }

    private static Lower turboOci(String name, Path files, String target) throws ImageOpenException {
        for (String metadata : METADATA) {
            Path file = files.resolve(metadata);
            if (Files.exists(file)) {
                Path index = files.resolve(GZIP_INDEX);
                return new Lower(file.toString(), "", "", 0, "", target, Files.exists(index) ? index.toString() : "");
            }
        }
        throw new ImageOpenException(name + " is no turboOCI layer: it has none of " + METADATA);
    }
}
