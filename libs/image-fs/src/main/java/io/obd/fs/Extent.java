package io.obd.fs;

/**
 * A run of blocks of a file.
 *
 * @param logical first block in the file
 * @param physical first block on the disk
 * @param count number of blocks
 */
record Extent(long logical, long physical, int count) {
    /** Blocks that one extent of initialized data can name. */
    static final int MAX_COUNT = 1 << 15;
}
