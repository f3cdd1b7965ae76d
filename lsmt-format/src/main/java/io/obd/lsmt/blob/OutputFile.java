package io.obd.lsmt.blob;

import io.obd.block.TruncatedBlobException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Positional I/O on the file of an output; offsets count from where the payload starts. */
final class OutputFile implements Closeable {
    private final Path path;
    private final long start;
    private final FileChannel channel;

    OutputFile(Path path, long start) throws IOException {
        this.path = path;
        this.start = start;
        this.channel = FileChannel.open(
                path,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    Path path() {
        return path;
    }

    /** Writes all of {@code src}; a negative offset is in front of the payload. */
    void write(long offset, ByteBuffer src) throws IOException {
        long position = start + offset;
        while (src.hasRemaining()) {
            position += channel.write(src, position);
        }
    }

    void read(long offset, ByteBuffer dst) throws IOException {
        long position = start + offset;
        int wanted = dst.remaining();
        while (dst.hasRemaining()) {
            int n = channel.read(dst, position);
            if (n < 0) {
                throw new TruncatedBlobException(path.toString(), start + offset, wanted, position);
            }
            position += n;
        }
    }

    void sync() throws IOException {
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
