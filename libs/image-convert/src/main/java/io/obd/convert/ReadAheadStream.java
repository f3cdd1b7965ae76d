package io.obd.convert;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream in a thread of its own, a bounded number of buffers ahead of its consumer, so that decompressing and
 * digesting run beside the building of a layer.
 */
final class ReadAheadStream extends InputStream {
    private static final int BUFFER = 256 * 1024;
    private static final int BUFFERS = 16;

    private final InputStream source;
    private final byte[] single = new byte[1];

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by the lock.
    private final ArrayDeque<Chunk> filled = new ArrayDeque<>();
    private final ArrayDeque<Chunk> free = new ArrayDeque<>();
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

    ReadAheadStream(InputStream source, String threadName) {
        this.source = source;
        for (int i = 0; i < BUFFERS; i++) {
            free.add(new Chunk());
        }
        Thread.ofPlatform().daemon().name(threadName).start(this::fill);
    }

    @Override
    public int read() throws IOException {
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
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

    /** Ends the thread, waits for it, and closes the source. */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            while (!ended) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        source.close();
    }

    private void fill() {
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

    /** A chunk to fill, or null if nobody reads any more. */
    private @Nullable Chunk empty() {
        lock.lock();
        try {
            while (free.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            return closed ? null : free.remove();
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
            failure = why;
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
            while (filled.isEmpty() && !ended) {
                changed.awaitUninterruptibly();
            }
            if (filled.isEmpty() && failure != null) {
                throw failure instanceof IOException e ? e : new IOException("reading ahead failed", failure);
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
