package io.obd.fs;

/**
 * The two forms of an EROFS inode, little-endian, at a multiple of {@value #SLOT} bytes that is its number. Extended
 * attributes follow it, then what its {@link #FORMAT} says.
 *
 * <pre>
 * compact    0 format   2 xattr_icount  4 mode  6 nlink  8 size (4)  16 u  20 ino  24 uid (2)  26 gid (2)
 * extended   0 format   2 xattr_icount  4 mode           8 size (8)  16 u  20 ino  24 uid (4)  28 gid (4)
 *           32 mtime (8)  40 mtime_nsec  44 nlink (4)
 *
 * format     bit 0: extended   bits 1 to 3: where the data is
 *            0 in the blocks from u on   2 its last block behind the attributes   4 in chunks, their blocks listed there
 *
 * chunk      block (4), or  0 advice (2)   2 device (2)   4 block (4)
 * </pre>
 */
final class ErofsInodeLayout {
    static final int SLOT = 32;
    static final int COMPACT = 32;
    static final int EXTENDED = 64;
    static final int FORMAT = 0;
    static final int XATTR_COUNT = 2;
    static final int MODE = 4;
    static final int COMPACT_LINKS = 6;
    static final int SIZE = 8;
    static final int UNION = 16;
    static final int NUMBER = 20;
    static final int UID = 24;
    static final int GID = 28;
    static final int COMPACT_UID = 24;
    static final int COMPACT_GID = 26;
    static final int MTIME = 32;
    static final int MTIME_NANOS = 40;
    static final int LINKS = 44;

    static final int PLAIN = 0;
    static final int INLINE = 2;
    static final int CHUNKS = 4;

    /** Of u, if the data is in chunks: how many blocks one has, as a power of two, and whether their list has this form. */
    static final int CHUNK_BITS = 0x1F;

    static final int CHUNK_INDEXES = 0x20;
    static final int CHUNK_INDEX = 8;
    static final int CHUNK_DEVICE = 2;
    static final int CHUNK_BLOCK = 4;

    /** The block of a chunk that is a hole. */
    static final int NO_BLOCK = -1;

    private ErofsInodeLayout() {}
}
