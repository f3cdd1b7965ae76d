package io.obd.linux;

/**
 * struct statx, which is the same on every architecture. Numbers are in the byte order of the machine.
 *
 * <pre>
 *   0 u32 mask        4 u32 blksize     8 u64 attributes
 *  16 u32 nlink      20 u32 uid        24 u32 gid        28 u16 mode
 *  32 u64 ino        40 u64 size       48 u64 blocks     56 u64 attributes_mask
 *  64 atime          80 btime          96 ctime         112 mtime      (each: s64 seconds, u32 nanoseconds, 4 spare)
 * 128 u32 rdev major 132 u32 rdev minor 136 u32 dev major 140 u32 dev minor
 * 144 u64 mnt_id    152 spare … 256
 * </pre>
 */
final class StatxLayout {
    static final int NLINK = 16;
    static final int UID = 20;
    static final int GID = 24;
    static final int MODE = 28;
    static final int INO = 32;
    static final int SIZE = 40;
    static final int BLOCKS = 48;
    static final int MTIME_SECONDS = 112;
    static final int MTIME_NANOS = 120;
    static final int RDEV_MAJOR = 128;
    static final int RDEV_MINOR = 132;
    static final int DEV_MAJOR = 136;
    static final int DEV_MINOR = 140;
    static final int LENGTH = 256;

    private StatxLayout() {}
}
