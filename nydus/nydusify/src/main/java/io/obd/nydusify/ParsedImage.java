package io.obd.nydusify;

import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.convert.NydusMarks;
import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a name stands for on one platform: an ordinary image, a nydus image, or both.
 *
 * @param name in error texts
 * @param source where it is
 * @param index what leads to them, null if the name is that of one image
 */
record ParsedImage(
        String name,
        ConversionSource source,
        @Nullable Index index,
        @Nullable ImageDocuments oci,
        @Nullable ImageDocuments nydus) {

    /**
     * Reads the documents.
     *
     * @param reference what it is called in the source
     * @throws ConversionException if there is no image for the platform, or a nydus image without a bootstrap
     */
    static ParsedImage read(ConversionSource source, String name, String reference, Platform platform)
            throws IOException {
        Descriptor top = source.resolve(reference);
        if (!MediaTypes.isIndex(top.mediaType())) {
            ImageDocuments image = ImageDocuments.read(source, top);
            return image.isNydus()
                    ? new ParsedImage(name, source, null, null, image)
                    : new ParsedImage(name, source, null, image, null);
        }
        Index index = Index.parse(source.document(top));
        ImageDocuments oci = null;
        ImageDocuments nydus = null;
        for (Descriptor entry : index.manifests()) {
            if (Index.isAttestation(entry) || !runs(platform, entry)) {
                continue;
            }
            ImageDocuments image = ImageDocuments.read(source, entry);
            if (nydus == null && (NydusMarks.areOnEntry(entry) || image.isNydus())) {
                if (image.manifest().layers().isEmpty()) {
                    throw new ConversionException(
                            name + ": " + entry.digest() + " is marked as a nydus image and has no layers");
                }
                nydus = image;
            } else if (oci == null && !image.isNydus()) {
                oci = image;
            }
        }
        if (oci == null && nydus == null) {
            throw new ConversionException(name + " has no image for " + platform);
        }
        return new ParsedImage(name, source, index, oci, nydus);
    }

    private static boolean runs(Platform platform, Descriptor entry) {
        return entry.platform() == null || platform.runs(entry.platform());
    }
}
