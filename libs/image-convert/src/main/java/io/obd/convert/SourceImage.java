package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.util.List;

/**
 * An image to convert.
 *
 * @param descriptor of its manifest
 */
public record SourceImage(
        Descriptor descriptor, Manifest manifest, ImageConfiguration config, List<SourceLayer> layers) {
    private static final int MAX_NESTED_INDEXES = 4;

    /** Of the annotations that layers of overlaybd and turboOCI images have. */
    private static final String OVERLAYBD = "containerd.io/snapshot/overlaybd/";

    /**
     * Looks an image up. An index stands for the image of one platform in it, the ordinary one if there is a nydus image
     * beside it.
     *
     * @param reference names it in the source
     * @throws ConversionException if there is something, but not an image for the platform
     */
    public static SourceImage resolve(ConversionSource source, String reference, Platform platform) throws IOException {
        Descriptor descriptor = source.resolve(reference);
        for (int i = 0; i < MAX_NESTED_INDEXES && MediaTypes.isIndex(descriptor.mediaType()); i++) {
            Index index = Index.parse(source.document(descriptor));
            descriptor = ordinary(index)
                    .choose(platform)
                    .or(() -> index.choose(platform))
                    .orElseThrow(() -> new ConversionException(
                            reference + " has no image for " + platform + ", only for " + platforms(index)));
        }
        return read(source, reference, descriptor);
    }

    /**
     * Reads the documents of an image.
     *
     * @param name of the image in error texts
     * @param descriptor of its manifest
     * @throws ConversionException if it is something else
     */
    static SourceImage read(ConversionSource source, String name, Descriptor descriptor) throws IOException {
        if (!MediaTypes.isManifest(descriptor.mediaType())) {
            throw new ConversionException(name + ": unsupported media type " + descriptor.mediaType());
        }
        Manifest manifest = Manifest.parse(source.document(descriptor));
        ImageConfiguration config = ImageConfiguration.parse(source.document(manifest.config()));
        return new SourceImage(descriptor, manifest, config, SourceLayer.of(manifest.layers(), config.diffIds()));
    }

    /**
     * A conversion reads its layers as tars, which those of an image that another conversion has made are not.
     *
     * @param name of the image in the error text
     * @throws ConversionException if this is such an image
     */
    public void requireOrdinary(String name) throws ConversionException {
        for (Descriptor layer : manifest.layers()) {
            if (layer.annotations().keySet().stream().anyMatch(key -> key.startsWith(OVERLAYBD))) {
                throw new ConversionException(name + " is an overlaybd image already");
            }
        }
        if (isNydus()) {
            throw new ConversionException(name + " is a nydus image already");
        }
    }

    /** Whether it is a nydus image, whatever an index says of it. */
    boolean isNydus() {
        return manifest.layers().stream().anyMatch(NydusMarks::areOnLayer);
    }

    /** What it runs on: in the words of the index that it was found in, or in its own if there is none. */
    public Platform platform() {
        Platform listed = descriptor.platform();
        return listed == null ? config.platform() : listed;
    }

    private static Index ordinary(Index index) {
        return index.withManifests(
                index.mediaType(),
                index.manifests().stream()
                        .filter(entry -> !NydusMarks.areOnEntry(entry))
                        .toList());
    }

    private static String platforms(Index index) {
        return index.manifests().stream()
                .filter(entry -> !Index.isAttestation(entry))
                .map(entry -> String.valueOf(entry.platform()))
                .toList()
                .toString();
    }
}
