package io.obd.tcmu;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Remembers what was done to a disk, and when: after how many changes of the files below it. */
final class RecordedDisk implements BlockStore {
    /**
     * A write, a discard or a flush.
     *
     * @param bytes null for a discard
     * @param begin number of changes when it began
     * @param end number of changes when it was done
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Operation(boolean flush, long offset, long length, byte @Nullable [] bytes, int begin, int end) {}

    private final BlockStore store;
    private final IntSupplier changes;
    private final List<Operation> operations = new ArrayList<>();

    RecordedDisk(BlockStore store, IntSupplier changes) {
        this.store = store;
        this.changes = changes;
    }

    synchronized List<Operation> operations() {
        return List.copyOf(operations);
    }

    @Override
    public long size() {
        return store.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        store.read(offset, dst);
    }

    @Override
    public synchronized void write(long offset, ByteBuffer src) throws IOException {
        byte[] bytes = new byte[src.remaining()];
        src.get(src.position(), bytes);
        int begin = changes.getAsInt();
        store.write(offset, src);
        operations.add(new Operation(false, offset, bytes.length, bytes, begin, changes.getAsInt()));
    }

    @Override
    public synchronized void discard(long offset, long length) throws IOException {
        int begin = changes.getAsInt();
        store.discard(offset, length);
        operations.add(new Operation(false, offset, length, null, begin, changes.getAsInt()));
    }

    @Override
    public synchronized void flush() throws IOException {
        int begin = changes.getAsInt();
        store.flush();
        operations.add(new Operation(true, 0, 0, null, begin, changes.getAsInt()));
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
