package io.obd.tcmu;

import io.obd.image.ImageConfig;
import java.io.IOException;

/** Opens images. */
interface ImageSource {
    /**
     * Opens the image that a device specification describes.
     *
     * @throws IOException with the layer and the reason if it cannot be opened
     */
    DiskImage open(ImageConfig config) throws IOException;
}
