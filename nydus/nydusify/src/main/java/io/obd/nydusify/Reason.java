package io.obd.nydusify;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** Why something failed, as a text. */
final class Reason {
    private Reason() {}

    static String of(IOException e) {
        String message = e.getMessage();
        return message == null || e instanceof FileSystemException
                ? e.getClass().getSimpleName() + ": " + message
                : message;
    }
}
