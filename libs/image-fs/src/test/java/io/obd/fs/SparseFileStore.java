package io.obd.fs;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A disk in a sparse file, as the kernel can mount it. */
class SparseFileStore implements BlockStore {
    private final FileChannel channel;
    private final long size;
    private long written;

    SparseFileStore(Path file, long size) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        this.size = size;
        if (channel.size() < size) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
    }

    /** Bytes written so far. */
    long written() {
        return written;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        for (long at = offset; dst.hasRemaining(); ) {
            int n = channel.read(dst, at);
            if (n < 0) {
                throw new IOException("read behind the end: " + at);
            }
            at += n;
        }
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        if (offset % SECTOR != 0 || src.remaining() % SECTOR != 0 || offset + src.remaining() > size) {
            throw new IOException("write of " + src.remaining() + " bytes at " + offset);
        }
        written += src.remaining();
        for (long at = offset; src.hasRemaining(); ) {
            at += channel.write(src, at);
        }
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate(SECTOR);
        for (long at = offset; at < offset + length; at += SECTOR) {
            write(at, zeros.clear());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
