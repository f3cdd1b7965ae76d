package io.obd.tcmu;

import io.obd.block.BlockStore;
import io.obd.lsmt.LayeredImage;
import io.obd.tcmu.download.ImageDownload;
import io.obd.tcmu.trace.ImageTrace;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An image with what goes on in the background while it is open, which ends before it is closed. */
record AssistedImage(LayeredImage image, ImageTrace trace, ImageDownload download) implements BlockStore {

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
        try (image;
                download) {
            trace.close();
        }
    }
}
