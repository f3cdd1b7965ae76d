package io.obd.blobstore;

import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Looks at bytes that were fetched before they are used or count as cached. */
@FunctionalInterface
public interface FillCheck {

    /** Believes everything. */
    FillCheck NONE = (blob, offset, bytes) -> {};

    /**
     * Returns if the bytes are right.
     *
     * @param blob digest of the blob they were fetched for
     * @param offset their position in it
     * @param bytes the bytes; position and limit are a copy's
     * @throws IOException if they are wrong; nobody gets them then
     */
    void check(Digest blob, long offset, ByteBuffer bytes) throws IOException;
}
