package io.obd.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An immutable run of bytes that can be read at any position: a local file, a remote blob, a cache over one, the
 * decompressed view of a ZFile, the member of a tar. Readers are stacked as decorators; closing the outermost one
 * closes all below it.
 *
 * <p>A reader may be used by many threads at once. Reading a position allocates nothing and holds no lock while it
 * waits for I/O.
 */
public interface BlobReader extends Closeable {

    /** Length in bytes; constant for the life of the reader. */
    long size();

    /**
     * Fills {@code dst} with the bytes from {@code offset} on: exactly {@code dst.remaining()} of them, never fewer.
     *
     * @throws TruncatedBlobException if the blob ends before {@code dst} is full
     * @throws CorruptBlobException if the bytes do not pass a check of the format they are stored in
     * @throws IOException if the source cannot be read
     */
    void read(long offset, ByteBuffer dst) throws IOException;

    /**
     * Says that these bytes will be read soon. A reader that has to wait for them begins to get them, as far as it has room
     * for more; nobody waits here.
     *
     * @return whether there is nothing more to do: all of them are there or on their way, or could not be kept; false if
     *     that is not known
     */
    default boolean willNeed(long offset, long length) {
        return false;
    }

    /**
     * Whether these bytes are on this host, so that reading them does not wait for a network. False if that is not known; they
     * may be gone a moment later.
     */
    default boolean isLocal(long offset, long length) {
        return false;
    }

    /**
     * Tells the readers below that the bytes of this range were found to be wrong, so that one that keeps a copy
     * drops it and the next read goes to the source again.
     *
     * @return true if a copy was dropped and reading again may help
     */
    default boolean discard(long offset, long length) throws IOException {
        return false;
    }

    /** What this is in an error text: a path, an URL without secrets, or a digest. */
    String name();
}
