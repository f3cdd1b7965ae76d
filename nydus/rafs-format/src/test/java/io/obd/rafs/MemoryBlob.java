package io.obd.rafs;

import io.obd.block.BlobReader;
import java.nio.ByteBuffer;

/** Bytes as a blob. */
public record MemoryBlob(ByteBuffer bytes) implements BlobReader {
    @Override
    public long size() {
        return bytes.capacity();
    }

    @Override
    public void read(long offset, ByteBuffer dst) {
        dst.put(bytes.slice((int) offset, dst.remaining()));
    }

    @Override
    public String name() {
        return "damaged.boot";
    }

    @Override
    public void close() {}
}
