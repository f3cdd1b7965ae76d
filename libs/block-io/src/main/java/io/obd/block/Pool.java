package io.obd.block;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a few objects that are dear to make, such as direct buffers and native contexts, for whoever needs one next.
 * Never blocks: one more is made when none is free, and closed on return when there is no room. Taking and giving back
 * allocates nothing.
 */
public final class Pool<T> implements AutoCloseable {
    private final AtomicReferenceArray<@Nullable T> slots;
    private final Supplier<T> maker;
    private final Consumer<T> closer;
    private volatile boolean closed;

    /**
     * @param capacity how many are kept while nobody uses them
     * @param maker makes one more
     * @param closer ends the life of one
     */
    public Pool(int capacity, Supplier<T> maker, Consumer<T> closer) {
        this.slots = new AtomicReferenceArray<>(capacity);
        this.maker = maker;
        this.closer = closer;
    }

    /** An object for the caller alone, until it is {@linkplain #give given back}. */
    public T take() {
        for (int i = 0; i < slots.length(); i++) {
            if (slots.getPlain(i) != null) {
                T free = slots.getAndSet(i, null);
                if (free != null) {
                    return free;
                }
            }
        }
        return maker.get();
    }

    /** Ends the use of an object taken before. */
    public void give(T used) {
        for (int i = 0; i < slots.length(); i++) {
            if (slots.getPlain(i) == null && slots.compareAndSet(i, null, used)) {
                if (closed) {
                    close();
                }
                return;
            }
        }
        closer.accept(used);
    }

    /** Closes what is kept; objects still in use are closed when they come back. */
    @Override
    public void close() {
        closed = true;
        for (int i = 0; i < slots.length(); i++) {
            T kept = slots.getAndSet(i, null);
            if (kept != null) {
                closer.accept(kept);
            }
        }
    }
}
