package io.obd.convert;

import io.obd.block.BulkInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A blob on its way from the source: one thread appends it to a file, another reads the file from its start without
 * waiting for the end. The reader sees the end only after the download was declared complete, that is, verified.
 */
final class DownloadSpool implements Closeable {
    private final Path file;
    private final FileChannel channel;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by the lock; only the appending thread changes the first.
    private long written;
    private boolean complete;
    private boolean fileStays;
    private @Nullable Throwable failure;

    private DownloadSpool(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static DownloadSpool create(Path file) throws IOException {
        return new DownloadSpool(
                file,
                FileChannel.open(
                        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    Path file() {
        return file;
    }

    /** From now on the file is somebody else's: closing this does not remove it. */
    void leaveFile() {
        update(() -> fileStays = true);
    }

    void append(ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        try {
            for (long position = written; bytes.hasRemaining(); ) {
                position += channel.write(bytes, position);
            }
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            IOException named = new IOException("cannot write " + file + ": " + e.getMessage(), e);
            throw FullDisk.explained(named, file);
        }
        update(() -> written += length);
    }

    /** The blob is here to its last byte and has the right digest. */
    void complete() {
        update(() -> complete = true);
    }

    /** The rest of the blob will not come. */
    void fail(Throwable why) {
        update(() -> failure = failure == null ? why : failure);
    }

    /** Returns when the blob is complete, or it is known that it will not be. */
    void awaitEnd() {
        lock.lock();
        try {
            while (!complete && failure == null) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The blob from its start. The stream may be used once; closing it leaves the spool open. */
    InputStream input() {
        return new BulkInputStream() {
            private long position;

            @Override
            public int read(byte[] dst, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                long available = awaitMoreThan(position) - position;
                if (available == 0) {
                    return -1;
                }
                int n = channel.read(ByteBuffer.wrap(dst, offset, (int) Math.min(length, available)), position);
                position += n;
                return n;
            }
        };
    }

    /** Closes the file, and removes it unless it was left to somebody else; a reader that still waits fails. */
    @Override
    public void close() throws IOException {
        fail(new ClosedChannelException());
        try (channel) {
            if (!isLeft()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private boolean isLeft() {
        lock.lock();
        try {
            return fileStays;
        } finally {
            lock.unlock();
        }
    }

    private void update(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how much there is, once it is more than {@code position} or all. */
    private long awaitMoreThan(long position) throws IOException {
        lock.lock();
        try {
            while (written <= position && !complete && failure == null) {
                changed.awaitUninterruptibly();
            }
            if (failure != null) {
                throw new IOException("the download into " + file + " did not end", failure);
            }
            return written;
        } finally {
            lock.unlock();
        }
    }
}
