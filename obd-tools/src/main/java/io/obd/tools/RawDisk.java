package io.obd.tools;

import io.obd.block.BlockStore;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A virtual disk in a plain file, byte by byte. */
final class RawDisk implements BlockStore {
    private static final int ZEROS = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final long size;

    private RawDisk(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /**
     * Makes a disk of zeros, which takes no space.
     *
     * @param path must not exist
     */
    static RawDisk create(Path path, long size) throws IOException {
        FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (size > 0) {
                channel.write(ByteBuffer.allocate(1), size - 1);
            }
            return new RawDisk(path, channel, size);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Opens an existing file, whose size must be one of a disk. */
    static RawDisk open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            long size = channel.size();
            if (size == 0 || size % SECTOR != 0) {
                throw new ToolException(path + ": " + size + " bytes are no size of a disk");
            }
            return new RawDisk(path, channel, size);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long position = offset;
        int wanted = dst.remaining();
        while (dst.hasRemaining()) {
            int n = channel.read(dst, position);
            if (n < 0) {
                throw new TruncatedBlobException(path.toString(), offset, wanted, position);
            }
            position += n;
        }
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        if (offset < 0 || offset > size - src.remaining()) {
            throw new IllegalArgumentException(
                    path + ": " + src.remaining() + " bytes at " + offset + " of a disk of " + size);
        }
        long position = offset;
        try {
            while (src.hasRemaining()) {
                position += channel.write(src, position);
            }
        } catch (IOException e) {
            throw new IOException("write " + path + " at byte " + position + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, length));
        for (long done = 0; done < length; done += zeros.limit()) {
            zeros.clear().limit((int) Math.min(ZEROS, length - done));
            write(offset + done, zeros);
        }
    }

    @Override
    public void flush() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
