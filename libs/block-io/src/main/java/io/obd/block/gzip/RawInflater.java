package io.obd.block.gzip;

import io.obd.block.MalformedBlockException;
import java.nio.ByteBuffer;

/**
 * Decompresses a deflate stream without header and trailer, from the start of one of its blocks on. One thread uses an
 * instance at a time.
 */
sealed interface RawInflater extends AutoCloseable permits ZlibInflater, IsalInflater {

    /** The fastest that is installed. */
    static RawInflater open() {
        LibIsal.Functions isal = LibIsal.functions();
        return isal == null ? new ZlibInflater() : new IsalInflater(isal);
    }

    /**
     * Starts.
     *
     * @param window what was decompressed before, at most 32 KiB
     */
    void start(byte[] window);

    /**
     * Gives the compressed bytes that follow.
     *
     * @param input a direct buffer, which has to stay as it is until others are needed
     */
    void setInput(ByteBuffer input);

    /** Whether all of the input was taken. Something may be left to be made of it. */
    boolean needsInput();

    /**
     * Decompresses as far as there are input and room. Nothing is added where the stream has ended.
     *
     * @param dst a direct buffer
     * @throws MalformedBlockException if the input is no deflate stream
     */
    void inflate(ByteBuffer dst) throws MalformedBlockException;

    @Override
    void close();
}
