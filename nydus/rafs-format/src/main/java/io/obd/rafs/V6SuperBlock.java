package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The super block of EROFS at byte 1024, 128 bytes, and RAFS's extension of it behind.
 *
 * <pre>
 *   0 u32 magic        4 u32 checksum        8 u32 compatible features  12 u8 block bits  13 u8 slots  14 u16 root nid
 *  16 u64 inodes      24 u64 build time     32 u32 nanoseconds          36 u32 blocks     40 u32 first block of inodes
 *  44 u32 xattr block 48 uuid[16]           64 name[16]                 80 u32 incompatible features
 *  84 u16             86 u16 devices        88 u16 slot of the device table
 *
 * 128 u64 flags      136 u64 blob table    144 u32 its size            148 u32 chunk size
 * 152 u64 chunk table 160 u64 its size     168 u64 prefetch table      176 u32 its size
 * </pre>
 *
 * @param blockSize bytes of a block
 * @param rootNid the root directory
 * @param names tree nodes, each name of a hard link counted
 * @param metaOffset where nids are counted from, in bytes
 * @param devices how many blobs there are
 */
record V6SuperBlock(
        int blockSize,
        int rootNid,
        long names,
        long metaOffset,
        int devices,
        ImageFlags flags,
        int chunkSize,
        Table blobTable,
        Table chunkTable,
        Table prefetchTable) {

    static final int OFFSET = 1024;

    private static final int EXTENSION = OFFSET + 128;
    private static final int EXTENSION_END = EXTENSION + 256;
    static final int DEVICE_TABLE = EXTENSION_END;

    private static final int CHECKSUM = OFFSET + 4;
    private static final int COMPATIBLE = OFFSET + 8;
    private static final int BLOCK_BITS = OFFSET + 12;
    private static final int SLOTS = OFFSET + 13;
    private static final int ROOT_NID = OFFSET + 14;
    private static final int INODES = OFFSET + 16;
    private static final int BLOCKS = OFFSET + 36;
    private static final int META_BLOCK = OFFSET + 40;
    private static final int INCOMPATIBLE = OFFSET + 80;
    private static final int DEVICES = OFFSET + 86;
    private static final int DEVICE_SLOT = OFFSET + 88;

    private static final int FLAGS = EXTENSION;
    private static final int BLOB_TABLE = EXTENSION + 8;
    private static final int BLOB_TABLE_SIZE = EXTENSION + 16;
    private static final int CHUNK_SIZE = EXTENSION + 20;
    private static final int CHUNK_TABLE = EXTENSION + 24;
    private static final int CHUNK_TABLE_SIZE = EXTENSION + 32;
    private static final int PREFETCH_TABLE = EXTENSION + 40;
    private static final int PREFETCH_TABLE_SIZE = EXTENSION + 48;

    private static final int MAGIC = 0xE0F5E1E2;
    private static final int RAFS = 0x4000_0000;
    private static final int CHUNKED_FILES_AND_DEVICES = 0xc;
    private static final int BLOCK = 12;
    private static final int TARFS_BLOCK = 9;
    private static final int DEVICE_SLOT_SIZE = 128;

    /** Bytes of a block in an image with those flags. */
    static int blockSize(ImageFlags flags) {
        return 1 << (flags.isTarfs() ? TARFS_BLOCK : BLOCK);
    }

    static boolean isPresent(MetadataBytes in) throws CorruptBlobException {
        return in.size() >= EXTENSION_END && in.i32(OFFSET) == MAGIC;
    }

    static V6SuperBlock decode(MetadataBytes in) throws CorruptBlobException {
        if (in.i32(CHECKSUM) != 0) {
            throw in.broken(CHECKSUM, "a checksum, which RAFS has none of");
        }
        if ((in.i32(COMPATIBLE) & RAFS) == 0) {
            throw in.broken(COMPATIBLE, "an EROFS image that is not RAFS");
        }
        if (in.u8(SLOTS) != 0) {
            throw in.broken(SLOTS, "a longer super block");
        }
        if (in.i32(INCOMPATIBLE) != CHUNKED_FILES_AND_DEVICES) {
            throw in.broken(INCOMPATIBLE, "features 0x" + Integer.toHexString(in.i32(INCOMPATIBLE)) + ", not 0xc");
        }
        ImageFlags flags = ImageFlags.decode(in, FLAGS);
        int blockBits = in.u8(BLOCK_BITS);
        if (blockBits != (flags.isTarfs() ? TARFS_BLOCK : BLOCK)) {
            throw in.broken(BLOCK_BITS, "blocks of 2^" + blockBits + " bytes");
        }
        V6SuperBlock block = new V6SuperBlock(
                1 << blockBits,
                in.u16(ROOT_NID),
                in.position(INODES, "the number of inodes"),
                in.u32(META_BLOCK) << blockBits,
                in.u16(DEVICES),
                flags,
                in.i32(CHUNK_SIZE),
                table(in, BLOB_TABLE, in.u32(BLOB_TABLE_SIZE)),
                table(in, CHUNK_TABLE, in.position(CHUNK_TABLE_SIZE, "the size of the chunk table")),
                table(in, PREFETCH_TABLE, in.u32(PREFETCH_TABLE_SIZE)));
        block.check(in);
        return block;
    }

    private static Table table(MetadataBytes in, long at, long size) throws CorruptBlobException {
        long offset = in.position(at, "the offset of a table");
        if (size > 0) {
            try {
                in.range(offset, size, "a table");
            } catch (CorruptBlobException e) {
                throw in.broken(at, "a table of " + size + " bytes at " + offset + " is not in the file");
            }
        }
        return new Table(at, offset, size);
    }

    private void check(MetadataBytes in) throws CorruptBlobException {
        if (!ChunkSize.isValid(chunkSize)) {
            throw in.broken(CHUNK_SIZE, "chunks of " + Integer.toUnsignedLong(chunkSize) + " bytes");
        }
        if (names == 0 || names > in.size()) {
            throw in.broken(INODES, names + " inodes in a file of " + in.size() + " bytes");
        }
        if (in.u16(DEVICE_SLOT) * DEVICE_SLOT_SIZE != DEVICE_TABLE) {
            throw in.broken(DEVICE_SLOT, "the device table begins at slot " + in.u16(DEVICE_SLOT));
        }
        Table deviceTable = new Table(DEVICE_SLOT, DEVICE_TABLE, (long) devices * DeviceSlotLayout.SIZE);
        in.range(deviceTable.offset(), deviceTable.size(), "the device table");
        if (blobTable.size() != (long) devices * BlobEntryLayout.SIZE) {
            throw in.broken(
                    BLOB_TABLE_SIZE, "a blob table of " + blobTable.size() + " bytes for " + devices + " devices");
        }
        if (chunkTable.size() % ChunkRecordLayout.SIZE != 0) {
            throw in.broken(CHUNK_TABLE_SIZE, "a chunk table of " + chunkTable.size() + " bytes");
        }
        if (prefetchTable.size() % Integer.BYTES != 0) {
            throw in.broken(PREFETCH_TABLE_SIZE, "a prefetch table of " + prefetchTable.size() + " bytes");
        }
        Table superBlocks = new Table(OFFSET, 0, DEVICE_TABLE);
        Table.checkApart(in, List.of(superBlocks, deviceTable, blobTable, chunkTable, prefetchTable));
        if (metaOffset >= in.size()) {
            throw in.broken(META_BLOCK, "inodes begin at byte " + metaOffset + " of a file of " + in.size());
        }
    }

    /** @param blocks that all blobs have together when they are decompressed */
    void encode(ByteBuffer out, int blocks) {
        out.putInt(OFFSET, MAGIC);
        out.putInt(COMPATIBLE, RAFS);
        out.put(BLOCK_BITS, (byte) Integer.numberOfTrailingZeros(blockSize));
        out.putShort(ROOT_NID, (short) rootNid);
        out.putLong(INODES, names);
        out.putInt(BLOCKS, blocks);
        out.putInt(META_BLOCK, (int) (metaOffset / blockSize));
        out.putInt(INCOMPATIBLE, CHUNKED_FILES_AND_DEVICES);
        out.putShort(DEVICES, (short) devices);
        out.putShort(DEVICE_SLOT, (short) (DEVICE_TABLE / DEVICE_SLOT_SIZE));
        out.putLong(FLAGS, flags.bits());
        out.putLong(BLOB_TABLE, blobTable.offset());
        out.putInt(BLOB_TABLE_SIZE, (int) blobTable.size());
        out.putInt(CHUNK_SIZE, chunkSize);
        out.putLong(CHUNK_TABLE, chunkTable.offset());
        out.putLong(CHUNK_TABLE_SIZE, chunkTable.size());
        out.putLong(PREFETCH_TABLE, prefetchTable.offset());
        out.putInt(PREFETCH_TABLE_SIZE, (int) prefetchTable.size());
    }
}
