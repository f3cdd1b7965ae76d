package io.obd.rafs.data;

import io.obd.block.BlobReader;
import io.obd.block.BlockDecompressor;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import io.obd.rafs.BlobInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Small chunks that were compressed together, 40 bytes.
 *
 * <pre>
 * 0 u32 compressed size   4 u32 uncompressed size   8 zeros
 * </pre>
 *
 * @param offset first byte in the blob; the chunks know it
 */
record BatchContext(
        long offset,
        int compressedSize,
        int uncompressedSize,
        @Nullable Codec codec) implements ChunkContext {
    private static final int SIZE = 40;
    private static final int UNCOMPRESSED_SIZE = 4;
    private static final int RECORD = 24;
    private static final int COMPRESSED = 8;
    private static final int DATA = 16;
    private static final int FLAGS_SHIFT = 56;
    private static final int BATCH = 0x4;
    private static final long OFFSET_BITS = (1L << 40) - 1;

    /** @param name of the chunk information, in error texts */
    static List<ChunkContext> all(String name, ByteBuffer data, ChunkInfoHeader header, BlobInfo info)
            throws CorruptBlobException {
        List<ChunkContext> contexts = new ArrayList<>();
        List<Integer> places = ChunkInfo.places(data, header, SIZE, name);
        long[] offsets = offsets(data, info.chunkCount(), places.size());
        for (int i = 0; i < places.size(); i++) {
            int compressed = data.getInt(places.get(i));
            int uncompressed = data.getInt(places.get(i) + UNCOMPRESSED_SIZE);
            if (compressed <= 0
                    || uncompressed <= 0
                    || uncompressed > info.chunkSize()
                    || compressed > uncompressed
                    || offsets[i] > info.compressedSize() - compressed) {
                throw new CorruptBlobException(
                        name,
                        places.get(i),
                        "batch " + i + " has " + compressed + " bytes at " + offsets[i] + ", " + uncompressed
                                + " uncompressed");
            }
            contexts.add(new BatchContext(
                    offsets[i], compressed, uncompressed, info.compressor().codec()));
        }
        return contexts;
    }

    /** A batch begins where its chunks say that they are. */
    private static long[] offsets(ByteBuffer data, int chunks, int batches) {
        long[] offsets = new long[batches];
        for (int at = 0; at < chunks * RECORD; at += RECORD) {
            long context = data.getLong(at + DATA) >>> Integer.SIZE;
            if (((data.getLong(at) >>> FLAGS_SHIFT) & BATCH) != 0 && context < batches) {
                offsets[(int) context] = data.getLong(at + COMPRESSED) & OFFSET_BITS;
            }
        }
        return offsets;
    }

    static byte[] encode(int compressedSize, int uncompressedSize) {
        ByteBuffer out = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, compressedSize);
        out.putInt(UNCOMPRESSED_SIZE, uncompressedSize);
        return out.array();
    }

    @Override
    public byte[] decompress(BlobReader blob) throws IOException, MalformedBlockException {
        byte[] content = new byte[uncompressedSize];
        if (codec == null || compressedSize == uncompressedSize) {
            blob.read(offset, ByteBuffer.wrap(content));
            return content;
        }
        ByteBuffer stored = ByteBuffer.allocateDirect(compressedSize);
        blob.read(offset, stored);
        ByteBuffer direct = ByteBuffer.allocateDirect(uncompressedSize);
        try (BlockDecompressor decompressor = codec.newDecompressor()) {
            decompressor.decompress(stored.flip(), direct);
        }
        if (direct.hasRemaining()) {
            throw new MalformedBlockException("a batch with " + direct.remaining() + " bytes too few");
        }
        direct.flip().get(content);
        return content;
    }
}
