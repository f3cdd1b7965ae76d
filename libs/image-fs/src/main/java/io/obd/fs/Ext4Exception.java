package io.obd.fs;

/** An ext4 file system cannot be made, read or changed. */
public final class Ext4Exception extends ImageFsException {

    Ext4Exception(String message) {
        super(message);
    }

    Ext4Exception(String message, Throwable cause) {
        super(message, cause);
    }
}
