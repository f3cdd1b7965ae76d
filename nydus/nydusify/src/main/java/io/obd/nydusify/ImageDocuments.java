package io.obd.nydusify;

import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.registry.Descriptor;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;

/**
 * One image as its documents describe it.
 *
 * @param descriptor of its manifest
 */
record ImageDocuments(Descriptor descriptor, Manifest manifest, ImageConfiguration config) {

    /** @throws ConversionException if there is something else */
    static ImageDocuments read(ConversionSource source, Descriptor descriptor) throws IOException {
        if (!MediaTypes.isManifest(descriptor.mediaType())) {
            throw new ConversionException(descriptor.digest() + " is no image: " + descriptor.mediaType());
        }
        Manifest manifest = Manifest.parse(source.document(descriptor));
        return new ImageDocuments(descriptor, manifest, ImageConfiguration.parse(source.document(manifest.config())));
    }

    boolean isNydus() {
        return NydusFormat.describes(manifest);
    }
}
