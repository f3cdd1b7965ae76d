package io.obd.fs;

/**
 * {@code struct ext2fs_extent}, in which the library is told of an extent.
 *
 * <pre>
 * 0 physical block u64   8 logical block u64   16 blocks u32   20 flags u32
 * </pre>
 */
final class ExtentLayout {
    static final int LENGTH = 24;
    static final int PHYSICAL = 0;
    static final int LOGICAL = 8;
    static final int COUNT = 16;

    private ExtentLayout() {}
}
