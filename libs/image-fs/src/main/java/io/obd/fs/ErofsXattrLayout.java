package io.obd.fs;

/**
 * The extended attributes behind an EROFS inode, little-endian, counted in the inode as 1 and what is behind the header
 * in units of {@value #UNIT} bytes.
 *
 * <pre>
 * header  0 name_filter (4)   4 shared_count   5 reserved[7]   12 number of each shared one (4)
 * each    0 name_len   1 name_index   2 value_size (2)   4 name without its prefix   value   up to a multiple of 4
 * </pre>
 */
final class ErofsXattrLayout {
    static final int HEADER = 12;
    static final int UNIT = 4;
    static final int ENTRY = 4;
    static final int SHARED_COUNT = 4;
    static final int INDEX = 1;
    static final int VALUE_SIZE = 2;
    static final int MAX_VALUE = 0xFFFF;

    /** What can be counted. */
    static final int MAX_LENGTH = HEADER + (0xFFFF - 1) * UNIT;

    private ErofsXattrLayout() {}
}
