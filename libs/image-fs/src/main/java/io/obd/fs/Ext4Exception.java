package io.obd.fs;

import java.io.IOException;

/** A file system cannot be made, read or changed. The message names the operation, the path where there is one, and why. */
public class Ext4Exception extends IOException {

    Ext4Exception(String message) {
        super(message);
    }

    Ext4Exception(String message, Throwable cause) {
        super(message, cause);
    }
}
