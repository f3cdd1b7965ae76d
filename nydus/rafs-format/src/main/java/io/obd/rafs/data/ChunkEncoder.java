package io.obd.rafs.data;

import io.obd.block.BlockCompressor;
import io.obd.block.Codec;
import io.obd.rafs.Compressor;
import java.nio.ByteBuffer;
import java.util.Arrays;
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
     * Compresses bytes.
     *
     * @return the compressed bytes, or null if they are not fewer
     */
    byte @Nullable [] encode(byte[] bytes, int length) {
        if (compressor == null || length == 0) {
            return null;
        }
        if (content.capacity() < length) {
            content = ByteBuffer.allocateDirect(length);
            compressed = ByteBuffer.allocateDirect(compressor.maxCompressedLength(length));
        }
        content.clear().put(bytes, 0, length).flip();
        compressor.compress(content, compressed.clear());
        compressed.flip();
        if (compressed.remaining() >= length) {
            return null;
        }
        byte[] result = new byte[compressed.remaining()];
        compressed.get(result);
        return result;
    }

    /** Compresses bytes if that makes them fewer, otherwise gives them as they are. */
    byte[] encodeOrKeep(byte[] bytes, int length) {
        byte[] encoded = encode(bytes, length);
        return encoded == null ? Arrays.copyOf(bytes, length) : encoded;
    }

    @Override
    public void close() {
        if (compressor != null) {
            compressor.close();
        }
    }
}
