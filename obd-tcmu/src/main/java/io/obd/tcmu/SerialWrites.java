package io.obd.tcmu;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/** Makes a store take one write at a time, however many threads write. Reads run beside each other. */
final class SerialWrites implements BlockStore {
    private final BlockStore store;
    private final ReentrantLock writing = new ReentrantLock();

    SerialWrites(BlockStore store) {
        this.store = store;
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
    public void write(long offset, ByteBuffer src) throws IOException {
        writing.lock();
        try {
            store.write(offset, src);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        writing.lock();
        try {
            store.discard(offset, length);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void flush() throws IOException {
        writing.lock();
        try {
            store.flush();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
