package io.obd.lsmt;

import java.io.IOException;

/** Layers that are intact one by one do not make an image together. */
public final class InvalidStackException extends IOException {

    InvalidStackException(String problem) {
        super(problem);
    }
}
