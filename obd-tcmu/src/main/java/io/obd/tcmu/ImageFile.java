package io.obd.tcmu;

import io.obd.fuse.FuseFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An image as a file of the FUSE mount. Reads run beside each other, writes one after another. */
final class ImageFile implements FuseFile {
    private final SerialWrites store;
    private final boolean writable;

    ImageFile(DiskImage image) {
        this.store = new SerialWrites(image.store());
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
        store.write(offset, src);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        store.discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
        if (writable) {
            store.flush();
        }
    }
}
