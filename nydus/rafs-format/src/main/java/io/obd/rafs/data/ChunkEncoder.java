package io.obd.rafs.data;

import io.obd.block.BlockCompressor;
import io.obd.block.Codec;
import io.obd.rafs.Compressor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Compresses with the compressor of an image. Keeps buffers; one thread uses it at a time. */
final class ChunkEncoder implements AutoCloseable {
    private final @Nullable BlockCompressor compressor;
    private ByteBuffer content = ByteBuffer.allocateDirect(0);
    private ByteBuffer compressed = ByteBuffer.allocateDirect(0);

    ChunkEncoder(Compressor kind) {
        Codec codec = kind.codec();
        this.compressor = codec == null ? null : codec.newCompressor();
    }

    /**
     * Compresses what remains in a buffer.
     *
     * @return the compressed bytes, or null if they are not fewer
     */
    @Nullable
    ByteBuffer encode(ByteBuffer bytes) {
        int length = bytes.remaining();
        if (compressor == null || length == 0) {
            return null;
        }
        if (content.capacity() < length) {
            content = ByteBuffer.allocateDirect(length);
            compressed = ByteBuffer.allocateDirect(compressor.maxCompressedLength(length));
        }
        content.clear().put(bytes).flip();
        compressor.compress(content, compressed.clear());
        compressed.flip();
        return compressed.remaining() >= length
                ? null
                : ByteBuffer.allocate(compressed.remaining()).put(compressed).flip();
    }

    @Override
    public void close() {
        if (compressor != null) {
            compressor.close();
        }
    }
}
