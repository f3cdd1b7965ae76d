package io.obd.ctr.attach;

import java.io.IOException;
import java.nio.file.Path;

/** Who makes devices of images. */
interface Attachments {

    /**
     * Attaches an image.
     *
     * @param id number of a snapshot, or another name
     * @param config absolute path of its {@code config.v1.json}
     * @return the device node
     */
    String attach(String id, Path config) throws IOException;

    /** Detaches a device; there need not be one of that id. */
    void detach(String id) throws IOException;
}
