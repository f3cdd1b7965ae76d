package io.obd.rafs.data;

import io.obd.block.CorruptBlobException;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.ChunkInfoTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The block of 4096 bytes behind the chunk information (CI) of a blob.
 *
 * <pre>
 *  0 u32 magic         4 u32 features        8 u32 compressor          12 u32 chunks
 * 16 u64 CI offset    24 u64 size           32 u64 size uncompressed
 * 40 u64 offset of contexts in the uncompressed CI          48 u64 their size     56 u32 how many contexts
 * 4092 u32 magic
 * </pre>
 *
 * @param contextsOffset where contexts begin in the uncompressed chunk information
 * @param contextsSize bytes of contexts and what they refer to
 */
record ChunkInfoHeader(int contextsOffset, int contextsSize, int contexts) {
    static final int SIZE = 4096;

    private static final int MAGIC = 0xb10bb10b;
    private static final int FEATURES = 4;
    private static final int COMPRESSOR = 8;
    private static final int CHUNKS = 12;
    private static final int OFFSET = 16;
    private static final int COMPRESSED_SIZE = 24;
    private static final int UNCOMPRESSED_SIZE = 32;
    private static final int CONTEXTS_OFFSET = 40;
    private static final int CONTEXTS_SIZE = 48;
    private static final int CONTEXTS = 56;
    private static final int LAST_MAGIC = 4092;

    /**
     * Decodes the header and compares it with the table of blobs. The features are not compared: in that of a layer whose
     * bootstrap was taken out they differ.
     *
     * @param name of what it was read from, and {@code at} its place there
     */
    static ChunkInfoHeader decode(String name, long at, ByteBuffer in, BlobInfo info, ChunkInfoTable table)
            throws CorruptBlobException {
        expect(name, at, in.getInt(0), MAGIC, "magic");
        expect(name, at + LAST_MAGIC, in.getInt(LAST_MAGIC), MAGIC, "magic");
        expect(name, at + COMPRESSOR, in.getInt(COMPRESSOR), table.compressor().number(), "compressor");
        expect(name, at + CHUNKS, in.getInt(CHUNKS), info.chunkCount(), "number of chunks");
        expect(name, at + OFFSET, in.getLong(OFFSET), table.offset(), "offset");
        expect(name, at + COMPRESSED_SIZE, in.getLong(COMPRESSED_SIZE), table.compressedSize(), "size");
        expect(name, at + UNCOMPRESSED_SIZE, in.getLong(UNCOMPRESSED_SIZE), table.uncompressedSize(), "size");
        long offset = in.getLong(CONTEXTS_OFFSET);
        long size = in.getLong(CONTEXTS_SIZE);
        int count = in.getInt(CONTEXTS);
        if (count < 0 || offset < 0 || size < 0 || offset > table.uncompressedSize() - size) {
            throw new CorruptBlobException(
                    name,
                    at + CONTEXTS_OFFSET,
                    count + " contexts in " + size + " bytes at " + offset + " of " + table.uncompressedSize());
        }
        return new ChunkInfoHeader((int) offset, (int) size, count);
    }

    private static void expect(String name, long at, long value, long expected, String what)
            throws CorruptBlobException {
        if (value != expected) {
            throw new CorruptBlobException(
                    name, at, "chunk information: " + what + " is " + value + ", not " + expected);
        }
    }

    /**
     * Makes the header of chunk information.
     *
     * @param features of the blob, with all that it has
     */
    static byte[] encode(int features, int chunks, ChunkInfoTable table, int contextsOffset, int contexts) {
        ByteBuffer out = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, MAGIC);
        out.putInt(FEATURES, features);
        out.putInt(COMPRESSOR, table.compressor().number());
        out.putInt(CHUNKS, chunks);
        out.putLong(OFFSET, table.offset());
        out.putLong(COMPRESSED_SIZE, table.compressedSize());
        out.putLong(UNCOMPRESSED_SIZE, table.uncompressedSize());
        if (contexts > 0) {
            out.putLong(CONTEXTS_OFFSET, contextsOffset);
            out.putLong(CONTEXTS_SIZE, table.uncompressedSize() - contextsOffset);
            out.putInt(CONTEXTS, contexts);
        }
        out.putInt(LAST_MAGIC, MAGIC);
        return out.array();
    }
}
