package io.obd.rafs.build;

import java.io.IOException;

/** Layers that cannot be one image, because they were built with different options. */
public final class InconsistentLayersException extends IOException {
    private static final long serialVersionUID = 1;

    InconsistentLayersException(String message) {
        super(message);
    }
}
