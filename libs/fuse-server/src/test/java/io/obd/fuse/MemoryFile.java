package io.obd.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** A disk image in memory. */
class MemoryFile implements FuseFile {
    final byte[] content;
    final AtomicInteger flushes = new AtomicInteger();
    private final boolean writable;

    MemoryFile(byte[] content, boolean writable) {
        this.content = content;
        this.writable = writable;
    }

    static MemoryFile random(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return new MemoryFile(content, false);
    }

    static MemoryFile writable(int size) {
        return new MemoryFile(new byte[size], true);
    }

    @Override
    public long size() {
        return content.length;
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        dst.put(content, (int) offset, dst.remaining());
    }

    @Override
    public synchronized void write(long offset, ByteBuffer src) {
        src.get(content, (int) offset, src.remaining());
    }

    @Override
    public synchronized void discard(long offset, long length) {
        Arrays.fill(content, (int) offset, (int) (offset + length), (byte) 0);
    }

    @Override
    public void flush() {
        flushes.incrementAndGet();
    }
}
