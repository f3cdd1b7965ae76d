package io.obd.ctr.pull;

import io.obd.registry.RemoteBlob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The rest of a blob by range requests: for a download that goes on in the middle. */
final class RangeStream extends InputStream {
    private final RemoteBlob blob;
    private final long size;
    private long position;

    RangeStream(RemoteBlob blob, long size, long offset) {
        this.blob = blob;
        this.size = size;
        this.position = offset;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        int n = (int) Math.min(length, size - position);
        if (n <= 0) {
            return length == 0 ? 0 : -1;
        }
        blob.read(position, ByteBuffer.wrap(into, from, n));
        position += n;
        return n;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
}
