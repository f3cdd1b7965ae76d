package io.obd.fs;

/**
 * A run of a file that has data on the disk; what lies between runs reads as zeros.
 *
 * @param offset byte position in the file
 * @param position byte position on the disk
 * @param length bytes
 */
public record FileExtent(long offset, long position, long length) {

    /** The first byte of the file behind the run. */
    public long end() {
        return offset + length;
    }
}
