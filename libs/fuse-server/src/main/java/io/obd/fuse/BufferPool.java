package io.obd.fuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Direct buffers for requests that wait, one shelf per power of two from 4 KiB up, each buffer with room for the
 * header besides. A buffer that is given back is used again; a shelf keeps a few and leaves the rest to the collector.
 * Buffers of more than 1 MiB are not kept.
 */
public final class BufferPool {
    private static final int SMALLEST = 12;
    private static final int LARGEST = 20;
    private static final int KEPT_PER_SHELF = 16;

    private final List<Deque<ByteBuffer>> shelves = IntStream.rangeClosed(SMALLEST, LARGEST)
            .<Deque<ByteBuffer>>mapToObj(bits -> new ArrayDeque<>())
            .toList();

    private final IntFunction<ByteBuffer> memory;

    public BufferPool() {
        this(ByteBuffer::allocateDirect);
    }

    /** @param memory allocates so many bytes */
    public BufferPool(IntFunction<ByteBuffer> memory) {
        this.memory = memory;
    }

    /** A buffer for an answer's header and so many bytes of data, in the byte order of the machine. */
    public ByteBuffer take(int data) {
        if (data > 1 << LARGEST) {
            return allocate(data);
        }
        int shelf = shelf(data);
        Deque<ByteBuffer> free = shelves.get(shelf);
        synchronized (free) {
            ByteBuffer buffer = free.poll();
            if (buffer != null) {
                return buffer.clear();
            }
        }
        return allocate(1 << (shelf + SMALLEST));
    }

    private ByteBuffer allocate(int data) {
        return memory.apply(OutHeader.LENGTH + data).order(ByteOrder.nativeOrder());
    }

    /** Takes back what nobody uses any more. */
    public void giveBack(ByteBuffer buffer) {
        if (buffer.capacity() - OutHeader.LENGTH > 1 << LARGEST) {
            return;
        }
        Deque<ByteBuffer> free = shelves.get(shelf(buffer.capacity() - OutHeader.LENGTH));
        synchronized (free) {
            if (free.size() < KEPT_PER_SHELF) {
                free.push(buffer);
            }
        }
    }

    private static int shelf(int data) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, data - 1));
        return Math.max(0, bits - SMALLEST);
    }
}
