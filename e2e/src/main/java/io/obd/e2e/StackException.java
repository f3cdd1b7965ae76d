package io.obd.e2e;

import java.io.IOException;

/** A part of the stack did not do what it should; the text says which, and holds the end of its output. */
final class StackException extends IOException {
    private static final long serialVersionUID = 1L;

    StackException(String message) {
        super(message);
    }
}
