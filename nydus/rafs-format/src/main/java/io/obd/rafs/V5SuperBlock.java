package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The super block of version 5, 8192 bytes.
 *
 * <pre>
 *  0 u32 magic            4 u32 version          8 u32 size           12 u32 chunk size   16 u64 flags   24 u64 inodes
 * 32 u64 inode table     40 u64 prefetch table  48 u64 blob table     56 u32 entries of the inode table
 * 60 u32 entries of the prefetch table          64 u32 bytes of the blob table
 * 68 u32 entries of the extended blob table     72 u64 extended blob table
 * </pre>
 *
 * @param inodes files, each hard link counted once
 * @param inodeTable offset of it
 * @param inodeEntries names, each hard link counted
 */
record V5SuperBlock(
        int chunkSize,
        ImageFlags flags,
        long inodes,
        long inodeTable,
        int inodeEntries,
        long prefetchTable,
        int prefetchEntries,
        long blobTable,
        long blobTableSize,
        long extendedBlobTable,
        int extendedBlobEntries) {
    static final int SIZE = 8192;
    static final int ALIGNMENT = 8;

    private static final int VERSION = 4;
    private static final int SIZE_FIELD = 8;
    private static final int CHUNK_SIZE = 12;
    private static final int FLAGS = 16;
    private static final int INODES = 24;
    private static final int INODE_TABLE = 32;
    private static final int PREFETCH_TABLE = 40;
    private static final int BLOB_TABLE = 48;
    private static final int INODE_ENTRIES = 56;
    private static final int PREFETCH_ENTRIES = 60;
    private static final int BLOB_TABLE_SIZE = 64;
    private static final int EXTENDED_ENTRIES = 68;
    private static final int EXTENDED_TABLE = 72;

    private static final int MAGIC = 0x52414653;
    private static final int VERSION_5 = 0x500;

    static boolean isPresent(MetadataBytes in) throws CorruptBlobException {
        return in.size() >= SIZE && in.i32(0) == MAGIC;
    }

    static V5SuperBlock decode(MetadataBytes in) throws CorruptBlobException {
        if (in.i32(VERSION) != VERSION_5) {
            throw in.broken(VERSION, "version 0x" + Integer.toHexString(in.i32(VERSION)) + ", not 0x500");
        }
        if (in.i32(SIZE_FIELD) != SIZE) {
            throw in.broken(SIZE_FIELD, "a super block of " + in.u32(SIZE_FIELD) + " bytes");
        }
        if (!ChunkSize.isValid(in.i32(CHUNK_SIZE))) {
            throw in.broken(CHUNK_SIZE, "chunks of " + in.u32(CHUNK_SIZE) + " bytes");
        }
        V5SuperBlock block = new V5SuperBlock(
                in.i32(CHUNK_SIZE),
                ImageFlags.decode(in, FLAGS),
                in.position(INODES, "the number of inodes"),
                table(in, INODE_TABLE, in.u32(INODE_ENTRIES) * Integer.BYTES),
                in.count(INODE_ENTRIES, "the number of names"),
                table(in, PREFETCH_TABLE, in.u32(PREFETCH_ENTRIES) * Integer.BYTES),
                in.count(PREFETCH_ENTRIES, "the number of files to prefetch"),
                table(in, BLOB_TABLE, in.u32(BLOB_TABLE_SIZE)),
                in.u32(BLOB_TABLE_SIZE),
                table(in, EXTENDED_TABLE, in.u32(EXTENDED_ENTRIES) * V5Blobs.EXTENDED_SIZE),
                in.count(EXTENDED_ENTRIES, "the number of blobs"));
        if (block.inodeEntries == 0 || block.inodes > block.inodeEntries) {
            throw in.broken(INODES, block.inodes + " inodes with " + block.inodeEntries + " names");
        }
        block.checkOverlaps(in);
        return block;
    }

    private void checkOverlaps(MetadataBytes in) throws CorruptBlobException {
        Table.checkApart(
                in,
                List.of(
                        new Table(INODE_TABLE, inodeTable, (long) inodeEntries * Integer.BYTES),
                        new Table(PREFETCH_TABLE, prefetchTable, (long) prefetchEntries * Integer.BYTES),
                        new Table(BLOB_TABLE, blobTable, blobTableSize),
                        new Table(
                                EXTENDED_TABLE,
                                extendedBlobTable,
                                (long) extendedBlobEntries * V5Blobs.EXTENDED_SIZE)));
    }

    private static long table(MetadataBytes in, long at, long size) throws CorruptBlobException {
        long offset = in.position(at, "the offset of a table");
        boolean inside = size == 0 || (offset >= SIZE && offset <= in.size() - size);
        if (!inside || offset % ALIGNMENT != 0) {
            throw in.broken(at, "a table of " + size + " bytes at " + offset + " of " + in.size());
        }
        return offset;
    }

    /** The next position at which something may begin. */
    static long padded(long at) {
        return (at + ALIGNMENT - 1) & -ALIGNMENT;
    }

    void encode(ByteBuffer out) {
        out.putInt(0, MAGIC);
        out.putInt(VERSION, VERSION_5);
        out.putInt(SIZE_FIELD, SIZE);
        out.putInt(CHUNK_SIZE, chunkSize);
        out.putLong(FLAGS, flags.bits());
        out.putLong(INODES, inodes);
        out.putLong(INODE_TABLE, inodeTable);
        out.putLong(PREFETCH_TABLE, prefetchTable);
        out.putLong(BLOB_TABLE, blobTable);
        out.putInt(INODE_ENTRIES, inodeEntries);
        out.putInt(PREFETCH_ENTRIES, prefetchEntries);
        out.putInt(BLOB_TABLE_SIZE, (int) blobTableSize);
        out.putInt(EXTENDED_ENTRIES, extendedBlobEntries);
        out.putLong(EXTENDED_TABLE, extendedBlobTable);
    }
}
