package io.obd.blobstore;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Memory for what is fetched, outside of the heap and used again and again: arrays that are as long, and live as long, as
 * a request would be copied by one collection after the other. What has not been used for a while is freed.
 */
final class FetchBuffers implements Closeable {
    private final Map<Integer, Shelf> shelves = new HashMap<>();
    private boolean closed;

    /** Buffers of one length that nobody has. */
    private static final class Shelf {
        final Deque<Buffer> free = new ArrayDeque<>();

        /** How many of them nobody has had since the last look. */
        int unused;
    }

    /** Memory that somebody has until it is given back. */
    final class Buffer {
        private final Arena arena = Arena.ofShared();
        private final ByteBuffer bytes;

        private Buffer(int length) {
            this.bytes = arena.allocate(length).asByteBuffer();
        }

        /** All of it; what is in it is left from before. */
        ByteBuffer bytes() {
            return bytes;
        }

        /** Lets others have it; it must not be touched any more. */
        void giveBack() {
            FetchBuffers.this.giveBack(this);
        }
    }

    /** Gets memory of this length, in bytes. */
    Buffer take(int length) {
        synchronized (this) {
            Shelf shelf = shelves.computeIfAbsent(length, _ -> new Shelf());
            Buffer buffer = shelf.free.pollFirst();
            if (buffer != null) {
                shelf.unused = Math.min(shelf.unused, shelf.free.size());
                buffer.bytes.clear();
                return buffer;
            }
        }
        return new Buffer(length);
    }

    private void giveBack(Buffer buffer) {
        synchronized (this) {
            if (!closed) {
                shelves.computeIfAbsent(buffer.bytes.capacity(), _ -> new Shelf())
                        .free
                        .addFirst(buffer);
                return;
            }
        }
        buffer.arena.close();
    }

    /** Frees what nobody has had since this was called last. */
    void trim() {
        Deque<Buffer> unused = new ArrayDeque<>();
        synchronized (this) {
            for (Shelf shelf : shelves.values()) {
                for (; shelf.unused > 0; shelf.unused--) {
                    unused.add(shelf.free.removeLast());
                }
                shelf.unused = shelf.free.size();
            }
        }
        unused.forEach(buffer -> buffer.arena.close());
    }

    /** Frees what nobody has, and the rest when it is given back. */
    @Override
    public void close() {
        trim();
        synchronized (this) {
            closed = true;
        }
        trim();
    }
}
