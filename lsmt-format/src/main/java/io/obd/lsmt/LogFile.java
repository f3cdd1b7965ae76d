package io.obd.lsmt;

import io.obd.block.TruncatedBlobException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that grows at its end: one of the two of a writable layer. One thread appends, others may read beside it. */
final class LogFile implements DataReader, Closeable {
    private final Path path;
    private final FileChannel channel;
    private volatile long size;

    private LogFile(Path path, OpenOption... options) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, options);
        this.size = channel.size();
    }

    /** Makes a new file; it must not exist. */
    static LogFile create(Path path) throws IOException {
        return new LogFile(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    }

    static LogFile open(Path path) throws IOException {
        return new LogFile(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    String name() {
        return path.toString();
    }

    long size() {
        return size;
    }

    /** Appends all of {@code src} or, when it throws, nothing that counts. */
    void append(ByteBuffer src) throws IOException {
        long end = size + src.remaining();
        write(size, src);
        size = end;
    }

    void write(long offset, ByteBuffer src) throws IOException {
        long position = offset;
        while (src.hasRemaining()) {
            position += channel.write(src, position);
        }
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long position = offset;
        int wanted = dst.remaining();
        while (dst.hasRemaining()) {
            int n = channel.read(dst, position);
            if (n < 0) {
                throw new TruncatedBlobException(name(), offset, wanted, position);
            }
            position += n;
        }
    }

    /** Drops everything from {@code newSize} on, or fills up to it with zeros. */
    void resize(long newSize) throws IOException {
        channel.truncate(newSize);
        if (channel.size() < newSize) {
            write(newSize - 1, ByteBuffer.allocateDirect(1));
        }
        size = newSize;
    }

    void sync() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
