package io.obd.tools;

import io.obd.linux.SparseFile;
import io.obd.lsmt.LayeredImage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A disk in a sparse temporary file, for programs that need one. */
final class DiskCopy implements Closeable {
    private static final int STEP = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final SparseFile holes;

    private DiskCopy(Path path, FileChannel channel, SparseFile holes) {
        this.path = path;
        this.channel = channel;
        this.holes = holes;
    }

    /**
     * Copies a disk.
     *
     * @param beside the copy is made in the directory of this file
     */
    static DiskCopy of(LayeredImage disk, Path beside) throws IOException {
        Path directory = beside.toAbsolutePath().resolveSibling("");
        Path path = Files.createTempFile(directory, beside.getFileName() + ".", ".resize");
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            DiskCopy copy = new DiskCopy(path, channel, SparseFile.open(path));
            copy.resize(disk.size());
            copy.fill(disk);
            return copy;
        } catch (IOException e) {
            if (channel != null) {
                channel.close();
            }
            Files.delete(path);
            throw new IOException("copy of the disk in " + directory + ": " + e.getMessage(), e);
        }
    }

    private void fill(LayeredImage disk) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(STEP);
        ByteBuffer zeros = ByteBuffer.allocateDirect(STEP);
        long offset = disk.nextData(0);
        while (offset < disk.size()) {
            int length = (int) Math.min(STEP, disk.size() - offset);
            disk.read(offset, buffer.clear().limit(length));
            if (buffer.flip().mismatch(zeros.clear().limit(length)) >= 0) {
                write(offset, buffer);
            }
            offset = disk.nextData(offset + length);
        }
    }

    private void write(long offset, ByteBuffer src) throws IOException {
        long position = offset;
        while (src.hasRemaining()) {
            position += channel.write(src, position);
        }
    }

    Path path() {
        return path;
    }

    long size() throws IOException {
        return channel.size();
    }

    /** Cuts the disk off, or adds zeros. */
    void resize(long size) throws IOException {
        if (size < channel.size()) {
            channel.truncate(size);
        } else if (size > channel.size()) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
    }

    void read(long offset, ByteBuffer dst) throws IOException {
        long position = offset;
        while (dst.hasRemaining()) {
            int n = channel.read(dst, position);
            if (n < 0) {
                throw new IOException(path + " ends at byte " + position);
            }
            position += n;
        }
    }

    /** The first byte at or after {@code offset} that may not be zero, the size if there is none. */
    long nextData(long offset) throws IOException {
        long next = offset >= size() ? -1 : holes.nextData(offset);
        return next < 0 ? size() : next;
    }

    @Override
    public void close() throws IOException {
        try (channel;
                holes) {
            Files.delete(path);
        }
    }
}
