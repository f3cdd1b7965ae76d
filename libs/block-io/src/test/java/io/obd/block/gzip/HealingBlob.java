package io.obd.block.gzip;

import io.obd.block.BlobReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Has some wrong bytes, as a damaged cache does, until it is told. */
final class HealingBlob implements BlobReader {
    private final BlobReader blob;
    private final long at;
    private final byte[] wrong;
    private volatile boolean healed;

    HealingBlob(BlobReader blob, long at, byte[] wrong) {
        this.blob = blob;
        this.at = at;
        this.wrong = wrong.clone();
    }

    @Override
    public long size() {
        return blob.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        int start = dst.position();
        blob.read(offset, dst);
        for (int i = 0; i < wrong.length && !healed; i++) {
            long within = at + i - offset;
            if (within >= 0 && within < dst.position() - start) {
                dst.put(start + (int) within, wrong[i]);
            }
        }
    }

    @Override
    public boolean discard(long offset, long length) {
        healed = true;
        return true;
    }

    @Override
    public String name() {
        return blob.name();
    }

    @Override
    public void close() throws IOException {
        blob.close();
    }
}
