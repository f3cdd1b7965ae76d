package io.obd.lsmt.blob;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The payload of a blob: written front to back, and read again where it was written. For one thread. */
sealed interface Output extends Closeable permits PlainOutput, ZFileOutput {

    /** Bytes written so far. */
    long position();

    /** Appends the remaining bytes of {@code src}. */
    void write(ByteBuffer src) throws IOException;

    /** Fills {@code dst} with bytes written before. */
    void read(long offset, ByteBuffer dst) throws IOException;

    /**
     * Writes what is still in memory.
     *
     * @return size of the payload in the sink, in bytes
     */
    long finish() throws IOException;

    /** Gives memory and threads back; the sink stays open. */
    @Override
    void close();
}
