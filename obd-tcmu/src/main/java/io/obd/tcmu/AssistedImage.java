package io.obd.tcmu;

import io.obd.block.BlockStore;
import io.obd.lsmt.LayeredImage;
import io.obd.tcmu.download.ImageDownload;
import io.obd.tcmu.trace.ImageTrace;
import io.obd.tcmu.watch.DataPathWatch;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An image with what goes on in the background while it is open, which ends before it is closed.
 *
 * @param upper file that writes go to, empty if it has none
 * @param watch told of reads and writes
 */
record AssistedImage(LayeredImage image, ImageTrace trace, ImageDownload download, String upper, DataPathWatch watch)
        implements BlockStore {

    @Override
    public long size() {
        return image.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long start = System.nanoTime();
        image.read(offset, dst);
        watch.read(System.nanoTime() - start);
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        int length = src.remaining();
        long start = System.nanoTime();
        image.write(offset, src);
        watch.written(upper, offset, length, System.nanoTime() - start);
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
        try (image;
                download) {
            trace.close();
        }
    }
}
