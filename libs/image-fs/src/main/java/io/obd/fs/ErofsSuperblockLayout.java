package io.obd.fs;

/**
 * The fields used of the EROFS superblock, little-endian, {@value #LENGTH} bytes at byte {@value #OFFSET} of the disk.
 *
 * <pre>
 *  0 magic       4 checksum   8 feature_compat  12 blkszbits  13 sb_extslots  14 root_nid  16 inos
 * 24 build_time 32 build_time_nsec             36 blocks      40 meta_blkaddr 44 xattr_blkaddr
 * 48 uuid[16]   64 volume_name[16]             80 feature_incompat            86 extra_devices
 * </pre>
 */
final class ErofsSuperblockLayout {
    static final int OFFSET = 1024;
    static final int LENGTH = 128;
    static final int MAGIC = 0;
    static final int CHECKSUM = 4;
    static final int FEATURES_COMPATIBLE = 8;
    static final int BLOCK_BITS = 12;
    static final int ROOT = 14;
    static final int INODES = 16;
    static final int BUILD_TIME = 24;
    static final int BUILD_TIME_NANOS = 32;
    static final int BLOCKS = 36;
    static final int METADATA_BLOCK = 40;
    static final int XATTR_BLOCK = 44;
    static final int FEATURES_INCOMPATIBLE = 80;
    static final int EXTRA_DEVICES = 86;

    static final int MAGIC_VALUE = 0xE0F5E1E2;

    /** Of {@link #FEATURES_COMPATIBLE}: the checksum is one. */
    static final int HAS_CHECKSUM = 1;

    /** Of {@link #FEATURES_INCOMPATIBLE}: there are files made of chunks. */
    static final int HAS_CHUNKS = 4;

    private ErofsSuperblockLayout() {}
}
