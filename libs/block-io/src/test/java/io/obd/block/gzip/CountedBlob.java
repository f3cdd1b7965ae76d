package io.obd.block.gzip;

import io.obd.block.BlobReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts how often it is read. */
final class CountedBlob implements BlobReader {
    private final BlobReader blob;
    private final AtomicInteger reads = new AtomicInteger();

    CountedBlob(BlobReader blob) {
        this.blob = blob;
    }

    int reads() {
        return reads.get();
    }

    @Override
    public long size() {
        return blob.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        reads.incrementAndGet();
        blob.read(offset, dst);
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
