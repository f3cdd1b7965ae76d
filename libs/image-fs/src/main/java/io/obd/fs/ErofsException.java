package io.obd.fs;

/** An EROFS file system cannot be made, read or changed. */
public final class ErofsException extends ImageFsException {

    ErofsException(String message) {
        super(message);
    }
}
