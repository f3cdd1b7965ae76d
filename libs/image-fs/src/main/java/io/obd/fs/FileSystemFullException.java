package io.obd.fs;

/** No block or no inode is left. */
public final class FileSystemFullException extends ImageFsException {

    FileSystemFullException(String what, long size) {
        super("no free " + what + ": the device of " + gigabytes(size) + " is full: use --vsize");
    }

    private static String gigabytes(long size) {
        return size >>> 30 > 0 ? (size >>> 30) + " GB" : (size >>> 20) + " MB";
    }
}
