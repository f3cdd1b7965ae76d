package io.obd.nydussnapshotter;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A daemon did not do what it was asked for through its API. */
final class NydusdException extends IOException {
    private final int status;

    NydusdException(String message, int status, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** HTTP status; 0 if there was no answer. */
    int status() {
        return status;
    }
}
