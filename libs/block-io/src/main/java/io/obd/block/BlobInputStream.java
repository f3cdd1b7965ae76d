package io.obd.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A blob from its start to its end. Closing the stream leaves the blob open: several may be read from one. */
public final class BlobInputStream extends BulkInputStream {
    private final BlobReader blob;
    private long position;

    public BlobInputStream(BlobReader blob) {
        this.blob = blob;
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int n = (int) Math.min(length, blob.size() - position);
        if (n == 0) {
            return -1;
        }
        blob.read(position, ByteBuffer.wrap(dst, offset, n));
        position += n;
        return n;
    }
}
