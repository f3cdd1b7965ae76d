package io.obd.image;

import io.obd.block.BlobReader;
import io.obd.registry.Digest;
import java.io.IOException;

/** Where layers come from that are not on this host. */
public interface RemoteBlobs {

    /**
     * Opens a blob for reading at any position.
     *
     * @param repoBlobUrl {@code https://host/v2/repository/blobs}
     * @param size length in bytes, 0 if it is not known
     */
    BlobReader open(String repoBlobUrl, Digest digest, long size) throws IOException;

    /**
     * Opens a blob, as {@link #open} does, whose bytes are kept by the caller: no cache takes them in, though what one has
     * is used.
     */
    default BlobReader openOnce(String repoBlobUrl, Digest digest, long size) throws IOException {
        return open(repoBlobUrl, digest, size);
    }

    /**
     * A blob in its uncompressed form, with a cache if there is one for that.
     *
     * @param digest of the blob as it is stored
     * @param uncompressed decompresses what is read; closed with the result, not closed when this fails
     */
    default BlobReader cached(Digest digest, BlobReader uncompressed) throws IOException {
        return uncompressed;
    }
}
