package io.obd.convert;

import io.obd.registry.Descriptor;
import java.io.IOException;

/** What a {@link TreeConversion} does with each image it comes to. */
public interface ImageStep {

    /**
     * Converts the image. Called by several threads.
     *
     * @param number of the image in the tree, from 1 on
     * @param top whether it is the whole tree, and not part of an index
     * @return the manifest of the result
     */
    Descriptor convert(SourceImage image, int number, boolean top, ConversionTarget target) throws IOException;
}
