package io.obd.block;

import java.nio.ByteBuffer;

/** Compresses blocks one by one. Keeps native memory; one thread uses it at a time. */
public interface BlockCompressor extends AutoCloseable {

    /** The most bytes that a block of {@code length} bytes can become. */
    int maxCompressedLength(int length);

    /**
     * Compresses the remaining bytes of {@code src} to the position of {@code dst}; both positions move on.
     *
     * @param src direct buffer
     * @param dst direct buffer with room for {@link #maxCompressedLength}
     */
    void compress(ByteBuffer src, ByteBuffer dst);

    @Override
    void close();
}
