package io.obd.tcmu.download;

import java.io.IOException;
import java.nio.file.Path;

/** There is no room for the rest of a layer. */
final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * @param missing bytes of the layer that are still to come
     * @param free bytes that the file system has
     * @param reserve bytes of them that are left to others
     */
    NoSpaceException(Path file, long missing, long free, long reserve) {
        super(file + ": " + missing + " bytes are missing, and " + free + " are free in the file system, of which "
                + reserve + " are left alone");
    }
}
