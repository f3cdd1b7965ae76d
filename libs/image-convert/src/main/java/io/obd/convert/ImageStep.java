package io.obd.convert;

import io.obd.registry.Descriptor;
import java.io.IOException;

/** What a {@link TreeConversion} does with each image it comes to. */
public interface ImageStep {

    /**
     * Converts the image. Called by several threads.
     *
     * @param place of the image in the tree: its number in its index, from 1 on, with that of an index in an index before
     *     it, as in {@code 2.1}
     * @param top whether it is the whole tree, and not part of an index
     * @return the manifest of the result
     */
    Descriptor convert(SourceImage image, String place, boolean top, ConversionTarget target) throws IOException;
}
