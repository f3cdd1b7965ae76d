package io.obd.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a served file reads from and writes to. Offsets and lengths are in bytes, multiples of {@value #ALIGNMENT} and
 * inside the file: the server refuses others. Many threads call at once; an implementation that takes one write at a
 * time orders them itself.
 *
 * <p>A call may wait for a disk or a network. An {@link IOException} becomes EIO for whoever reads or writes the file.
 */
public interface FuseFile {
    /** Every offset and length is a multiple of this. */
    int ALIGNMENT = 512;

    /** Length in bytes; constant. */
    long size();

    /** False if the file refuses writes. */
    boolean isWritable();

    /** Fills {@code dst} from {@code offset} on. */
    void read(long offset, ByteBuffer dst) throws IOException;

    /** Writes what remains in {@code src} at {@code offset}. */
    void write(long offset, ByteBuffer src) throws IOException;

    /** Makes the range read as zeros. */
    void discard(long offset, long length) throws IOException;

    /** Returns when everything written before is on stable storage. */
    void flush() throws IOException;
}
