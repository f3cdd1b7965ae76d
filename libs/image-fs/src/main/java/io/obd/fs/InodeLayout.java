package io.obd.fs;

/**
 * An inode of ext4, little-endian. The first 128 bytes are those of ext2; {@code extra_isize} counts the bytes in use
 * behind them, and what follows holds extended attributes.
 *
 * <pre>
 *   0 mode u16        2 uid_lo u16      4 size_lo u32    8 atime s32     12 ctime s32
 *  16 mtime s32      20 dtime u32      24 gid_lo u16    26 links u16     28 blocks_lo u32
 *  32 flags u32      40 block[60]     100 generation   104 file_acl_lo  108 size_hi u32
 * 116 blocks_hi u16 118 file_acl_hi   120 uid_hi u16   122 gid_hi u16
 * 128 extra_isize   132 ctime_extra   136 mtime_extra  140 atime_extra  144 crtime  148 crtime_extra
 * </pre>
 *
 * <p>An extra time field has two more bits of the seconds (epoch) in bits 0-1 and the nanoseconds above them.
 */
final class InodeLayout {
    static final int MODE = 0;
    static final int UID_LOW = 2;
    static final int SIZE_LOW = 4;
    static final int ATIME = 8;
    static final int CTIME = 12;
    static final int MTIME = 16;
    static final int GID_LOW = 24;
    static final int LINKS = 26;
    static final int BLOCKS_LOW = 28;
    static final int FLAGS = 32;
    static final int BLOCK = 40;
    static final int BLOCK_LENGTH = 60;
    static final int FILE_ACL_LOW = 104;
    static final int SIZE_HIGH = 108;
    static final int BLOCKS_HIGH = 116;
    static final int FILE_ACL_HIGH = 118;
    static final int UID_HIGH = 120;
    static final int GID_HIGH = 122;
    static final int EXTRA_LENGTH = 128;
    static final int CTIME_EXTRA = 132;
    static final int MTIME_EXTRA = 136;
    static final int ATIME_EXTRA = 140;
    static final int CRTIME = 144;
    static final int CRTIME_EXTRA = 148;

    /** Bytes behind the first 128 that have a meaning as fields. */
    static final int EXTRA = 32;

    static final int MIN_LENGTH = 256;

    static final int FLAG_INDEX = 0x1000;
    static final int FLAG_EXTENTS = 0x80000;

    /** The header of an extent tree without extents: magic, entries, max, depth. */
    static final short EXTENT_MAGIC = (short) 0xF30A;

    static final short EXTENTS_IN_INODE = 4;

    /** What extended attributes in an inode begin with. */
    static final int ATTRIBUTES_MAGIC = 0xEA020000;

    private InodeLayout() {}
}
