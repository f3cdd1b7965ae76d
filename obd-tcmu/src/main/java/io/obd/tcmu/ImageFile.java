package io.obd.tcmu;

import io.obd.block.BlockStore;
import io.obd.fuse.FuseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/** An image as a file of the FUSE mount. Reads run beside each other, writes one after another. */
final class ImageFile implements FuseFile {
    private final BlockStore store;
    private final boolean writable;
    private final ReentrantLock writing = new ReentrantLock();

    ImageFile(DiskImage image) {
        this.store = image.store();
        this.writable = image.writable();
    }

    @Override
    public long size() {
        return store.size();
    }

    @Override
    public boolean isWritable() {
        return writable;
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
        if (!writable) {
            return;
        }
        writing.lock();
        try {
            store.flush();
        } finally {
            writing.unlock();
        }
    }
}
