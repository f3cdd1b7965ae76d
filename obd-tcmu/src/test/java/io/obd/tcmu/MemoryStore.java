package io.obd.tcmu;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A disk in memory. */
class MemoryStore implements BlockStore {
    final byte[] content;
    volatile boolean closed;

    MemoryStore(int size) {
        content = new byte[size];
    }

    @Override
    public long size() {
        return content.length;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        dst.put(content, (int) offset, dst.remaining());
    }

    @Override
    public void write(long offset, ByteBuffer src) {
        src.get(content, (int) offset, src.remaining());
    }

    @Override
    public void discard(long offset, long length) {
        Arrays.fill(content, (int) offset, (int) (offset + length), (byte) 0);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        closed = true;
    }
}
