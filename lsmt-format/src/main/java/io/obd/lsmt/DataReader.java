package io.obd.lsmt;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the data of index entries is read: the LSMT stream of a layer. */
@FunctionalInterface
interface DataReader {

    /** Fills {@code dst} with the bytes of the stream from {@code offset} on. */
    void read(long offset, ByteBuffer dst) throws IOException;
}
