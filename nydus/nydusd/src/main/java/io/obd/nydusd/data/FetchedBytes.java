package io.obd.nydusd.data;

import io.obd.block.BlobReader;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes of a blob that were read at once.
 *
 * @param first where they begin in the blob
 */
record FetchedBytes(BlobReader blob, long first, ByteBuffer bytes) implements BlobReader {
    @Override
    public long size() {
        return blob.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long at = offset - first;
        if (at < 0 || at > bytes.limit() - dst.remaining()) {
            throw new TruncatedBlobException(name(), offset, dst.remaining(), first + bytes.limit());
        }
        dst.put(bytes.slice((int) at, dst.remaining()));
    }

    @Override
    public String name() {
        return blob.name();
    }

    @Override
    public void close() {
        // The blob is open for others.
    }
}
