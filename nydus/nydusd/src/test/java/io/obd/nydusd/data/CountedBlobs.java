package io.obd.nydusd.data;

import io.obd.block.BlobReader;
import io.obd.rafs.data.BlobSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what is fetched. */
record CountedBlobs(BlobSource source, AtomicLong reads, AtomicLong bytes) implements BlobSource {
    CountedBlobs(BlobSource source) {
        this(source, new AtomicLong(), new AtomicLong());
    }

    @Override
    public BlobReader open(String id) throws IOException {
        BlobReader blob = source.open(id);
        return new BlobReader() {
            @Override
            public long size() {
                return blob.size();
            }

            @Override
            public void read(long offset, ByteBuffer dst) throws IOException {
                reads.incrementAndGet();
                bytes.addAndGet(dst.remaining());
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
        };
    }
}
