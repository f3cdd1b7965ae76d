package io.obd.fs;

/**
 * An entry of an EROFS directory, {@value #LENGTH} bytes, little-endian. A block has entries from its beginning on, sorted by
 * name over all blocks, and their names behind them; the last name ends with the data, or before the first zero.
 *
 * <pre>
 * 0 nid   8 nameoff, in the block   10 file_type
 * </pre>
 */
final class ErofsDirentLayout {
    static final int LENGTH = 12;
    static final int NUMBER = 0;
    static final int NAME = 8;
    static final int TYPE = 10;

    private ErofsDirentLayout() {}
}
