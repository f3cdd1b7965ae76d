package io.obd.tcmu;

import java.io.IOException;
import java.nio.file.Path;

/** Takes snapshots of an image that is in use. */
interface Snapshots {
    /** For an image that cannot have any. */
    Snapshots NONE = (_, _) -> {
        throw new IOException("this image has no writable layer that could be sealed");
    };

    /**
     * Seals the writable layer of the image and goes on with another.
     *
     * @param active the device specification that the image was opened with; replaced by {@code next}
     * @param next the specification of the image after the snapshot; gone when this returns
     * @throws IOException if that is not possible; the image and {@code active} are then what they were
     */
    void take(Path active, Path next) throws IOException;
}
