package io.obd.rafs.data;

import io.obd.rafs.Chunk;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The chunk information of a blob that is being written: a record for each chunk, then the contexts of batches or of
 * spans of a gzip stream, and what was decompressed before these. The short
 * form of a record, 16 bytes, whose sizes differ if the chunk is compressed:
 *
 * <pre>
 * 0 u64 uncompressed  bits 12..43 offset, bits 44..63 low bits of size - 1, bits 8..11 its high bits
 * 8 u64 stored        bits 0..39 offset,  bits 44..63 low bits of size - 1, bits 40..43 its high bits
 * </pre>
 *
 * and the long one, 24 bytes:
 *
 * <pre>
 *  0 u64 uncompressed  bits 0..31 offset in blocks of 4 KiB, bits 32..55 size - 1, bits 56..63 flags
 *  8 u64 stored        bits 0..39 offset, bits 40..63 size
 * 16 u64 data          CRC-32C, or bits 32..63 index of the context and bits 0..31 position in its content
 * </pre>
 */
final class ChunkInfoRecords {
    private static final int SHORT = 16;
    private static final int LONG = 24;
    private static final int LOW_SIZE_BITS = 20;
    private static final int LOW_SIZE = (1 << LOW_SIZE_BITS) - 1;
    private static final int LOW_SIZE_SHIFT = 44;
    private static final int HIGH_SIZE_SHIFT = 8;
    private static final int STORED_HIGH_SIZE_SHIFT = 40;
    private static final int STORED_SIZE_SHIFT = 40;
    private static final int BLOCK_BITS = 12;
    private static final int FLAGS_SHIFT = 56;
    private static final long COMPRESSED = 0x1;
    private static final long ZRAN = 0x2;
    private static final long BATCH = 0x4;
    private static final long HAS_CRC32C = 0x10;

    private final boolean longForm;
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final ByteArrayOutputStream contexts = new ByteArrayOutputStream();
    private final ByteArrayOutputStream dictionaries = new ByteArrayOutputStream();
    private int contextCount;

    ChunkInfoRecords(boolean longForm) {
        this.longForm = longForm;
    }

    /** A chunk that is stored alone. */
    void add(Chunk chunk) {
        long size = chunk.uncompressedSize() - 1L;
        if (longForm) {
            long flags = HAS_CRC32C | (chunk.isCompressed() ? COMPRESSED : 0);
            addLong(
                    chunk,
                    flags,
                    chunk.compressedOffset(),
                    chunk.compressedSize(),
                    Integer.toUnsignedLong(chunk.crc32c()));
            return;
        }
        long stored = chunk.compressedSize() - 1L;
        ByteBuffer record = ByteBuffer.allocate(SHORT).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(chunk.uncompressedOffset()
                | ((size & LOW_SIZE) << LOW_SIZE_SHIFT)
                | ((size >>> LOW_SIZE_BITS) << HIGH_SIZE_SHIFT));
        record.putLong(chunk.compressedOffset()
                | ((stored & LOW_SIZE) << LOW_SIZE_SHIFT)
                | ((stored >>> LOW_SIZE_BITS) << STORED_HIGH_SIZE_SHIFT));
        records.writeBytes(record.array());
    }

    /**
     * A chunk in the batch that will be the next context.
     *
     * @param batchOffset first byte of the batch in the blob
     * @param position in the content of the batch
     */
    void addToBatch(Chunk chunk, long batchOffset, int position) {
        addLong(chunk, BATCH | COMPRESSED, batchOffset, 0, ((long) contextCount << Integer.SIZE) | position);
    }

    /** The batch is complete. */
    void endBatch(int compressedSize, int uncompressedSize) {
        contexts.writeBytes(BatchContext.encode(compressedSize, uncompressedSize));
        contextCount++;
    }

    /** A chunk in a span of a gzip stream, at a position of its content. */
    void addToSpan(Chunk chunk, int span, int position) {
        int most = (1 << (Long.SIZE - STORED_SIZE_SHIFT)) - 1;
        addLong(
                chunk,
                COMPRESSED | ZRAN,
                chunk.compressedOffset(),
                Math.min(chunk.compressedSize(), most),
                ((long) span << Integer.SIZE) | position);
    }

    /** The next span of a gzip stream is complete. */
    void endSpan(ZranContext span) {
        contexts.writeBytes(span.encode(dictionaries.size()));
        dictionaries.writeBytes(span.dictionary().toBytes());
        contextCount++;
    }

    private void addLong(Chunk chunk, long flags, long offset, long storedSize, long data) {
        ByteBuffer record = ByteBuffer.allocate(LONG).order(ByteOrder.LITTLE_ENDIAN);
        long size = chunk.uncompressedSize() - 1L;
        record.putLong((chunk.uncompressedOffset() >>> BLOCK_BITS) | (size << Integer.SIZE) | (flags << FLAGS_SHIFT));
        record.putLong(offset | (storedSize << STORED_SIZE_SHIFT));
        record.putLong(data);
        records.writeBytes(record.array());
    }

    /** Bytes before the contexts. */
    int contextsOffset() {
        return records.size();
    }

    int contexts() {
        return contextCount;
    }

    byte[] toBytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream(records.size() + contexts.size() + dictionaries.size());
        all.writeBytes(records.toByteArray());
        all.writeBytes(contexts.toByteArray());
        all.writeBytes(dictionaries.toByteArray());
        return all.toByteArray();
    }
}
