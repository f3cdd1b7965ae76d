package io.obd.tcmu;

import io.obd.block.BlockStore;
import io.obd.tcmu.trace.ImageTrace;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An image that ends what it does about a trace before it is closed. */
record TracedImage(BlockStore image, ImageTrace trace) implements BlockStore {

    @Override
    public long size() {
        return image.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        image.read(offset, dst);
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        image.write(offset, src);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        image.discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
        image.flush();
    }

    @Override
    public void close() throws IOException {
        try (image) {
            trace.close();
        }
    }
}
