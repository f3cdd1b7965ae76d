package io.obd.fs;

/**
 * The fields used of the ext4 superblock, little-endian, {@value #LENGTH} bytes at byte 1024 of the disk.
 *
 * <pre>
 * 0x00 inodes_count   0x04 blocks_count  0x08 r_blocks_count 0x14 first_data_block
 * 0x18 log_block_size 0x28 inodes_per_group                  0x36 max_mnt_count
 * 0x38 magic          0x3A state         0x40 lastcheck      0x4C rev_level      0x58 inode_size
 * 0x5C feature_compat 0x60 incompat      0x64 ro_compat      0x68 uuid[16]       0xEC hash_seed[16]
 * 0xFC def_hash_version 0x108 mkfs_time  0x150 blocks_count_hi 0x154 r_blocks_count_hi
 * 0x160 flags         0x24C backup_bgs[2]
 * </pre>
 */
final class SuperblockLayout {
    static final int OFFSET = 1024;
    static final int LENGTH = 1024;
    static final int INODES_COUNT = 0x00;
    static final int BLOCKS_COUNT = 0x04;
    static final int RESERVED_BLOCKS_COUNT = 0x08;
    static final int FIRST_DATA_BLOCK = 0x14;
    static final int LOG_BLOCK_SIZE = 0x18;
    static final int INODES_PER_GROUP = 0x28;
    static final int MAX_MOUNT_COUNT = 0x36;
    static final int MAGIC = 0x38;
    static final int STATE = 0x3A;
    static final int LAST_CHECK = 0x40;
    static final int REVISION = 0x4C;
    static final int INODE_SIZE = 0x58;
    static final int FEATURES_COMPATIBLE = 0x5C;
    static final int FEATURES_INCOMPATIBLE = 0x60;
    static final int FEATURES_READ_ONLY = 0x64;
    static final int UUID = 0x68;
    static final int HASH_SEED = 0xEC;
    static final int HASH_VERSION = 0xFC;
    static final int MKFS_TIME = 0x108;
    static final int BLOCKS_COUNT_HIGH = 0x150;
    static final int RESERVED_BLOCKS_COUNT_HIGH = 0x154;
    static final int FLAGS = 0x160;
    static final int BACKUP_GROUPS = 0x24C;

    static final short MAGIC_VALUE = (short) 0xEF53;
    static final int STATE_CLEAN = 1;
    static final int STATE_ERRORS = 2;
    static final byte HASH_HALF_MD4 = 1;
    static final int FLAG_SIGNED_HASH = 1;
    static final int FLAG_UNSIGNED_HASH = 2;

    /** Added to a hash version for machines whose {@code char} is unsigned. */
    static final int UNSIGNED_HASH_VERSIONS = 3;

    private SuperblockLayout() {}
}
