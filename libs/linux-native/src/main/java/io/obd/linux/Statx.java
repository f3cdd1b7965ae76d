package io.obd.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Instant;

/**
 * What statx(2) tells about a file. Symbolic links are not followed.
 *
 * @param mode type and permission bits
 * @param nlink number of hard links
 * @param uid owner
 * @param gid group
 * @param ino inode number; with {@code dev} it identifies the file
 * @param size length in bytes
 * @param blocks space used, in units of 512 bytes
 * @param mtime time of the last change of the content
 * @param dev file system the file is on
 * @param rdev device the file stands for, if it is a device node
 */
public record Statx(
        int mode,
        long nlink,
        long uid,
        long gid,
        long ino,
        long size,
        long blocks,
        Instant mtime,
        DeviceNumber dev,
        DeviceNumber rdev) {

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_BASIC_STATS = 0x7ff;

    /** Looks at a file. */
    public static Statx of(Path path) throws ErrnoException {
        ByteBuffer result = ByteBuffer.allocate(StatxLayout.LENGTH).order(ByteOrder.nativeOrder());
        if (LibC.files().statx(AT_FDCWD, PathBytes.of(path), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, result) < 0) {
            throw LibC.failure("statx", path);
        }
        return parse(result);
    }

    static Statx parse(ByteBuffer statx) {
        return new Statx(
                Short.toUnsignedInt(statx.getShort(StatxLayout.MODE)),
                Integer.toUnsignedLong(statx.getInt(StatxLayout.NLINK)),
                Integer.toUnsignedLong(statx.getInt(StatxLayout.UID)),
                Integer.toUnsignedLong(statx.getInt(StatxLayout.GID)),
                statx.getLong(StatxLayout.INO),
                statx.getLong(StatxLayout.SIZE),
                statx.getLong(StatxLayout.BLOCKS),
                Instant.ofEpochSecond(statx.getLong(StatxLayout.MTIME_SECONDS), statx.getInt(StatxLayout.MTIME_NANOS)),
                new DeviceNumber(statx.getInt(StatxLayout.DEV_MAJOR), statx.getInt(StatxLayout.DEV_MINOR)),
                new DeviceNumber(statx.getInt(StatxLayout.RDEV_MAJOR), statx.getInt(StatxLayout.RDEV_MINOR)));
    }

    /** Bytes of disk used. */
    public long bytesUsed() {
        return blocks * 512;
    }
}
