package io.obd.fs;

/**
 * A name in a block of a directory, little-endian. Entries follow each other; the last one reaches to the end of the
 * block, or to the checksum tail: an entry of 12 bytes without inode and of type 0xDE.
 *
 * <pre>
 * 0 inode u32   4 record length u16   6 name length u8   7 type u8   8 name
 * </pre>
 */
final class DirentLayout {
    static final int INODE = 0;
    static final int RECORD_LENGTH = 4;
    static final int NAME_LENGTH = 6;
    static final int TYPE = 7;
    static final int NAME = 8;
    static final int MAX_NAME = 255;
    static final int TAIL_LENGTH = 12;
    static final byte TAIL_TYPE = (byte) 0xDE;

    private DirentLayout() {}

    /** Bytes that an entry needs at least: a multiple of four. */
    static int lengthOf(int nameLength) {
        return (NAME + nameLength + 3) & ~3;
    }
}
