package io.obd.fs;

/**
 * The nodes of a file's tree of extents, little-endian: one in the inode, the others a block each.
 *
 * <pre>
 * header, 12 bytes       index entry, 12 bytes     leaf entry, 12 bytes
 *  0 magic u16            0 first block u32         0 first block u32
 *  2 entries u16          4 child_lo u32            4 length u16
 *  4 max u16              8 child_hi u16            6 start_hi u16
 *  6 depth u16           10 unused                  8 start_lo u32
 *  8 generation
 * </pre>
 *
 * <p>Depth 0 is a leaf. A length above {@value #MAX_WRITTEN} is that of blocks that were allocated and never written;
 * they read as zeros.
 */
final class ExtentTreeLayout {
    static final int HEADER_LENGTH = 12;
    static final int ENTRY_LENGTH = 12;
    static final int MAGIC = 0;
    static final int ENTRIES = 2;
    static final int DEPTH = 6;

    static final int FIRST_BLOCK = 0;
    static final int CHILD_LOW = 4;
    static final int CHILD_HIGH = 8;
    static final int COUNT = 4;
    static final int START_HIGH = 6;
    static final int START_LOW = 8;

    static final short MAGIC_VALUE = (short) 0xF30A;
    static final int MAX_WRITTEN = 1 << 15;
    static final int MAX_DEPTH = 5;

    private ExtentTreeLayout() {}
}
