package io.obd.lsmt.blob;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes of a blob on their way to its target. Offsets count from where the payload starts. For one thread. */
sealed interface Sink extends Closeable permits FileSink, StreamSink {

    /** What this is in an error text. */
    String name();

    /** Writes all of {@code src}; a negative offset is in front of the payload. */
    void write(long offset, ByteBuffer src) throws IOException;

    /** Fills {@code dst} with bytes written before. */
    void read(long offset, ByteBuffer dst) throws IOException;

    /** The blob is complete: brings it to stable storage, and gives it its name. */
    void finish() throws IOException;

    /** Ends the use of the sink. A blob that is not complete is removed where that is possible. */
    @Override
    void close() throws IOException;
}
