package io.obd.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/** An open segment file with the number of its users; the last one closes it. */
final class SegmentFile {
    private final Path path;
    private final FileChannel channel;
    private final AtomicInteger users = new AtomicInteger(1);

    private SegmentFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Makes a new file in place of any other. The caller is its first user. */
    static SegmentFile create(Path path) throws IOException {
        Files.deleteIfExists(path);
        return new SegmentFile(
                path,
                FileChannel.open(
                        path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
    }

    /**
     * Opens a file. The caller is its first user.
     *
     * @throws NoSuchFileException if somebody has removed it; an empty one in its place would read as zeros
     */
    static SegmentFile open(Path path) throws IOException {
        return new SegmentFile(path, FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** Becomes a user, unless the last one has gone. */
    boolean acquire() {
        int n = users.get();
        while (n > 0) {
            if (users.compareAndSet(n, n + 1)) {
                return true;
            }
            n = users.get();
        }
        return false;
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            try {
                channel.close();
            } catch (IOException e) {
                LoggerFactory.getLogger(SegmentFile.class).warn("cannot close {}: {}", path, e.toString());
            }
        }
    }

    long length() throws IOException {
        return channel.size();
    }

    /** Fills {@code dst}. */
    void read(ByteBuffer dst, long offset) throws IOException {
        long at = offset;
        while (dst.hasRemaining()) {
            int n = channel.read(dst, at);
            if (n < 0) {
                throw new IOException(path + " ends at byte " + at);
            }
            at += n;
        }
    }

    void write(ByteBuffer src, long offset) throws IOException {
        long at = offset;
        while (src.hasRemaining()) {
            at += channel.write(src, at);
        }
    }

    /** Returns when everything written is on the disk. */
    void force() throws IOException {
        channel.force(false);
    }
}
