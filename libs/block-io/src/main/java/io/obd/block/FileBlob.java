package io.obd.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A local file as a blob. Its size is taken when it is opened. */
public final class FileBlob implements BlobReader {
    private final Path path;
    private final FileChannel channel;
    private final long size;

    private FileBlob(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /** Opens an existing file for reading. */
    public static FileBlob open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new FileBlob(path, channel, channel.size());
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
                throw new TruncatedBlobException(name(), offset, wanted, position);
            }
            position += n;
        }
    }

    @Override
    public boolean isLocal(long offset, long length) {
        return true;
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
