package io.obd.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A virtual disk that can be read and written in sectors of {@value #SECTOR} bytes: what a file system is built on.
 * Ranges that were never written read as zeros, or as what the layers below hold.
 *
 * <p>Offsets and lengths are in bytes and multiples of the sector size. One thread writes at a time; reads may run
 * beside it.
 */
public interface BlockStore extends Closeable {

    /** Bytes in a sector, the unit of every offset and length. */
    int SECTOR = 512;

    /** Size of the disk in bytes. */
    long size();

    /** Fills {@code dst} from {@code offset} on. */
    void read(long offset, ByteBuffer dst) throws IOException;

    /** Writes the remaining bytes of {@code src} at {@code offset}. */
    void write(long offset, ByteBuffer src) throws IOException;

    /** Makes the range read as zeros, whatever it held and whatever the layers below hold. */
    void discard(long offset, long length) throws IOException;

    /** Returns when everything written before is on stable storage. */
    void flush() throws IOException;
}
