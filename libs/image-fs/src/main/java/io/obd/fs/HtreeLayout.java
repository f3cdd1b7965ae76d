package io.obd.fs;

/**
 * The blocks of the index of a directory. Each looks like a block of names to who does not know of it.
 *
 * <pre>
 * root   0 entry "."   12 entry ".." to the end of the block   24 zero u32   28 hash version u8
 *       29 info length u8 (8)   30 levels below u8   31 zero u8   32 limit u16, count u16, block u32; then entries
 * node   0 empty entry to the end of the block                8 limit u16, count u16, block u32; then entries
 * entry  0 hash u32   4 block u32
 * </pre>
 *
 * <p>The lowest bit of a hash says that names with this hash began in the block before.
 */
final class HtreeLayout {
    static final int HASH_VERSION = 28;
    static final int INFO_LENGTH = 29;
    static final int INFO_LENGTH_VALUE = 8;
    static final int LEVELS = 30;
    static final int ROOT_ENTRIES = 32;
    static final int NODE_ENTRIES = 8;

    static final int ENTRY_LENGTH = 8;
    static final int CHECKSUM_LENGTH = 8;

    private HtreeLayout() {}
}
