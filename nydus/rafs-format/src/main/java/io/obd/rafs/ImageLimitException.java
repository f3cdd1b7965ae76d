package io.obd.rafs;

import java.io.IOException;

/** A file has something that an image has no room or no form for. */
public final class ImageLimitException extends IOException {
    /** @param problem which file and what */
    public ImageLimitException(String problem) {
        super(problem);
    }
}
