package io.obd.lsmt;

import java.io.IOException;

/** An image without a writable layer was written to. */
public final class ReadOnlyImageException extends IOException {

    ReadOnlyImageException() {
        super("the image has no writable layer");
    }
}
