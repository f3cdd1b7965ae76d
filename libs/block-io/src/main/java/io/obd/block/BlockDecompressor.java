package io.obd.block;

import java.nio.ByteBuffer;

/** Decompresses blocks one by one. Keeps native memory; one thread uses it at a time. */
public interface BlockDecompressor extends AutoCloseable {

    /**
     * Decompresses the remaining bytes of {@code src}, one block, to the position of {@code dst}; both positions move on.
     * Never writes past the limit of {@code dst}, whatever the bytes say.
     *
     * @param src direct buffer
     * @param dst direct buffer
     * @throws MalformedBlockException if the bytes are no compressed block, or one that does not fit in {@code dst}
     */
    void decompress(ByteBuffer src, ByteBuffer dst) throws MalformedBlockException;

    @Override
    void close();
}
