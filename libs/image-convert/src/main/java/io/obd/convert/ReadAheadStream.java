package io.obd.convert;

import io.obd.block.BulkInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream in another thread, a bounded number of buffers ahead of its consumer, so that decompressing and digesting
 * run beside the building of a layer.
 */
final class ReadAheadStream extends BulkInputStream {
    private static final int BUFFER = 256 * 1024;

    private final InputStream source;
    private final int most;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by the lock.
    private final ArrayDeque<Chunk> filled = new ArrayDeque<>();
    private final ArrayDeque<Chunk> free = new ArrayDeque<>();
    private int chunks;
    private boolean filling;
    private boolean ended;
    private boolean closed;
    private @Nullable Throwable failure;

    // The consumer's.
    private @Nullable Chunk current;

    private static final class Chunk {
        final byte[] bytes = new byte[BUFFER];
        int position;
        int end;
    }

    /**
     * @param source closed with this; read by {@link #fill} alone
     * @param buffers how far ahead it is read, in pieces of 256 KiB
     */
    ReadAheadStream(InputStream source, int buffers) {
        this.source = source;
        this.most = buffers;
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        Chunk chunk = current;
        if (chunk == null) {
            chunk = next();
            if (chunk == null) {
                return -1;
            }
            current = chunk;
        }
        int n = Math.min(length, chunk.end - chunk.position);
        System.arraycopy(chunk.bytes, chunk.position, dst, offset, n);
        chunk.position += n;
        if (chunk.position == chunk.end) {
            recycle(chunk);
            current = null;
        }
        return n;
    }

    /** Nothing more is read: the consumer fails when it has had what was read before. */
    void abort(Throwable why) {
        lock.lock();
        try {
            failure = failure == null ? why : failure;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nobody fills this any more, and closes the source. What was not read is gone. */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            changed.signalAll();
            while (filling) {
                changed.awaitUninterruptibly();
            }
            filled.clear();
            free.clear();
        } finally {
            lock.unlock();
        }
        source.close();
    }

    /**
     * Reads the source, and returns at its end, or when this is aborted or closed. Called once, by another thread than the
     * consumer's. What goes wrong the consumer is told.
     */
    void fill() {
        if (!begin()) {
            return;
        }
        try {
            Chunk chunk = empty();
            while (chunk != null) {
                chunk.position = 0;
                chunk.end = source.readNBytes(chunk.bytes, 0, BUFFER);
                if (chunk.end > 0) {
                    put(chunk);
                }
                chunk = chunk.end < BUFFER ? null : empty();
            }
            end(null);
        } catch (IOException | RuntimeException | Error e) {
            end(e);
        }
    }

    private boolean begin() {
        lock.lock();
        try {
            filling = !closed && failure == null;
            return filling;
        } finally {
            lock.unlock();
        }
    }

    /** A chunk to fill, or null if nobody reads any more. */
    private @Nullable Chunk empty() {
        lock.lock();
        try {
            while (free.isEmpty() && chunks == most && !closed && failure == null) {
                changed.awaitUninterruptibly();
            }
            if (closed || failure != null) {
                return null;
            }
            if (free.isEmpty()) {
                chunks++;
                return new Chunk();
            }
            return free.remove();
        } finally {
            lock.unlock();
        }
    }

    private void put(Chunk chunk) {
        lock.lock();
        try {
            filled.add(chunk);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void end(@Nullable Throwable why) {
        lock.lock();
        try {
            failure = failure == null ? why : failure;
            filling = false;
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The next chunk, or null at the end. */
    private @Nullable Chunk next() throws IOException {
        lock.lock();
        try {
            while (filled.isEmpty() && !ended && failure == null) {
                changed.awaitUninterruptibly();
            }
            Throwable why = filled.isEmpty() ? failure : null;
            switch (why) {
                case null -> {}
                case IOException e -> throw e;
                case CancellationException e -> throw e;
                case Throwable e -> throw new IOException("reading ahead failed", e);
            }
            return filled.poll();
        } finally {
            lock.unlock();
        }
    }

    private void recycle(Chunk chunk) {
        lock.lock();
        try {
            free.add(chunk);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
