package io.obd.fs;

import java.io.IOException;

/**
 * A file system cannot be made, read or changed, or what a layer wants in it cannot be. The message names the operation, the
 * path where there is one, and why.
 */
public class ImageFsException extends IOException {

    ImageFsException(String message) {
        super(message);
    }

    ImageFsException(String message, Throwable cause) {
        super(message, cause);
    }
}
