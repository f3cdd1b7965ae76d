package io.obd.fs;

import static io.obd.fs.SuperblockLayout.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import jnr.ffi.Pointer;

/** The superblock of a new file system: what the library is asked for, and what is set in what it made. */
final class SuperblockParameters {
    private static final int BLOCK_SIZE = 4096;
    private static final int LOG_4096 = 2;
    private static final int DYNAMIC_REVISION = 1;
    private static final int RESERVED_PERCENT = 5;
    private static final int NO_MOUNT_LIMIT = -1;
    private static final int LAST_GROUP = -1;

    private SuperblockParameters() {}

    static ByteBuffer of(long size, Ext4Options options) throws Ext4Exception {
        long blocks = size / BLOCK_SIZE;
        if (blocks == 0) {
            throw new Ext4Exception("a device of " + size + " bytes is too small for a file system");
        }
        long reserved = blocks * RESERVED_PERCENT / 100;
        Features features = Features.ofNewFileSystem();
        return ByteBuffer.allocateDirect(LENGTH)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(INODES_COUNT, (int) Math.min(size / options.bytesPerInode(), 0xFFFFFFFFL))
                .putInt(BLOCKS_COUNT, (int) blocks)
                .putInt(BLOCKS_COUNT_HIGH, (int) (blocks >>> 32))
                .putInt(RESERVED_BLOCKS_COUNT, (int) reserved)
                .putInt(RESERVED_BLOCKS_COUNT_HIGH, (int) (reserved >>> 32))
                .putInt(LOG_BLOCK_SIZE, LOG_4096)
                .putShort(MAX_MOUNT_COUNT, (short) NO_MOUNT_LIMIT)
                .putInt(REVISION, DYNAMIC_REVISION)
                .putShort(INODE_SIZE, (short) InodeLayout.MIN_LENGTH)
                .putInt(FEATURES_COMPATIBLE, features.compatible())
                .putInt(FEATURES_INCOMPATIBLE, features.incompatible())
                .putInt(FEATURES_READ_ONLY, features.readOnly())
                .putInt(BACKUP_GROUPS, 1)
                .putInt(BACKUP_GROUPS + Integer.BYTES, LAST_GROUP);
    }

    /** Takes out what the library took from the clock and the machine. */
    static void identify(Pointer superblock, Ext4Options options) {
        superblock.put(UUID, bytes(options.uuid()), 0, 16);
        superblock.putByte(HASH_VERSION, HASH_HALF_MD4);
        superblock.putInt(FLAGS, FLAG_SIGNED_HASH);
        superblock.putInt(MKFS_TIME, 0);
        superblock.putInt(LAST_CHECK, 0);
    }

    private static byte[] bytes(UUID uuid) {
        return ByteBuffer.allocate(16)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }
}
