package io.obd.fuse;

/**
 * What stat(2) says of a file.
 *
 * @param size in bytes
 * @param seconds when it was modified, since 1970
 * @param nanoseconds of that second
 * @param otherSeconds what stat says of the other two times
 * @param mode type and permissions
 * @param links how many names it has
 * @param device number of a device as the kernel encodes it in 32 bits
 */
public record FuseAttributes(
        long size,
        long seconds,
        int nanoseconds,
        long otherSeconds,
        int mode,
        long links,
        long uid,
        long gid,
        int device) {
    private static final int TYPE_SHIFT = 12;

    /** Type in directory entries (DT_REG, …). */
    int entryType() {
        return (mode >>> TYPE_SHIFT) & 0xf;
    }

    boolean isDirectory() {
        return entryType() == 4;
    }

    boolean isRegular() {
        return entryType() == 8;
    }
}
