package io.obd.rafs.data;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import io.obd.block.gzip.DeflateSpan;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A span of a layer in gzip that can be decompressed alone, 40 bytes. The dictionaries follow all contexts.
 *
 * <pre>
 *  0 u64 offset        8 u64 offset in the content   16 u64 offset of the dictionary
 * 24 u32 size         28 u32 size of the content     32 u32 size of the dictionary
 * 36 u8 byte before   37 u8 bits of it that belong to the span
 * </pre>
 *
 * @param offset first byte in the blob
 * @param contentOffset position of its content in what is decompressed
 * @param sharedByte byte before, if some bits of it belong to the span
 */
record ZranContext(
        long offset,
        long contentOffset,
        int compressedSize,
        int uncompressedSize,
        int sharedByte,
        int sharedBits,
        ByteString dictionary)
        implements ChunkContext {
    private static final int SIZE = 40;
    private static final int CONTENT_OFFSET = 8;
    private static final int DICTIONARY = 16;
    private static final int COMPRESSED_SIZE = 24;
    private static final int UNCOMPRESSED_SIZE = 28;
    private static final int DICTIONARY_SIZE = 32;
    private static final int SHARED_BYTE = 36;
    private static final int SHARED_BITS = 37;
    private static final int LONGEST_DICTIONARY = 32 * 1024;
    /** Bytes of the largest one, stored or not. */
    static final int LARGEST = 1 << 25;

    /** A deflate stream cannot say more with a byte. */
    private static final int MOST_EXPANSION = 1032;

    /**
     * Reads all of them.
     *
     * @param name of the chunk information, in error texts
     * @param info of the layer that they are spans of
     */
    static List<ChunkContext> all(String name, ByteBuffer data, ChunkInfoHeader header, BlobInfo info)
            throws CorruptBlobException {
        List<ChunkContext> contexts = new ArrayList<>();
        List<Integer> places = ChunkInfo.places(data, header, SIZE, name);
        int dictionaries = header.contextsOffset() + places.size() * SIZE;
        int dictionariesSize = header.contextsSize() - places.size() * SIZE;
        for (int at : places) {
            long offset = data.getLong(at);
            long dictionary = data.getLong(at + DICTIONARY);
            int compressed = data.getInt(at + COMPRESSED_SIZE);
            int uncompressed = data.getInt(at + UNCOMPRESSED_SIZE);
            int dictionarySize = data.getInt(at + DICTIONARY_SIZE);
            int bits = data.get(at + SHARED_BITS);
            boolean sizes = offset >= 0
                    && compressed > 0
                    && uncompressed > 0
                    && compressed <= LARGEST
                    && uncompressed <= LARGEST
                    && uncompressed <= (long) compressed * MOST_EXPANSION
                    && offset <= info.compressedSize() - compressed
                    && bits >= 0
                    && bits < Byte.SIZE;
            if (!sizes
                    || dictionarySize < 0
                    || dictionarySize > LONGEST_DICTIONARY
                    || dictionary < 0
                    || dictionary > dictionariesSize - dictionarySize) {
                throw new CorruptBlobException(
                        name,
                        at,
                        "context " + contexts.size() + " has " + compressed + " bytes at " + offset + " of "
                                + info.compressedSize() + ", " + uncompressed + " uncompressed, " + bits
                                + " bits before, a dictionary of " + dictionarySize + " at " + dictionary);
            }
            byte[] window = new byte[dictionarySize];
            data.get(dictionaries + (int) dictionary, window);
            contexts.add(new ZranContext(
                    offset,
                    data.getLong(at + CONTENT_OFFSET),
                    compressed,
                    uncompressed,
                    data.get(at + SHARED_BYTE),
                    bits,
                    ByteString.copyOf(window)));
        }
        return contexts;
    }

    /** @param dictionaryOffset where its dictionary is among those of all contexts */
    byte[] encode(int dictionaryOffset) {
        ByteBuffer out = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(0, offset);
        out.putLong(CONTENT_OFFSET, contentOffset);
        out.putLong(DICTIONARY, dictionaryOffset);
        out.putInt(COMPRESSED_SIZE, compressedSize);
        out.putInt(UNCOMPRESSED_SIZE, uncompressedSize);
        out.putInt(DICTIONARY_SIZE, dictionary.length());
        out.put(SHARED_BYTE, (byte) sharedByte);
        out.put(SHARED_BITS, (byte) sharedBits);
        return out.array();
    }

    @Override
    public byte[] decompress(BlobReader blob) throws IOException, MalformedBlockException {
        byte[] stored = new byte[compressedSize];
        blob.read(offset, ByteBuffer.wrap(stored));
        return new DeflateSpan(stored, sharedByte, sharedBits, dictionary.toBytes()).inflate(uncompressedSize);
    }
}
