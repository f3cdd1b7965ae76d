package io.obd.lsmt;

import io.obd.block.AbsentDataException;
import io.obd.block.BlobReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The uncompressed original layer that a TurboOCI layer refers to. Its last sector may be a part of one: an archive need
 * not be padded after its last file, whose last sector is mapped as a whole.
 */
final class TurboOciTarget implements DataReader, Closeable {
    private final String layer;
    private final @Nullable BlobReader blob;

    /**
     * @param layer name of the TurboOCI layer, for error texts
     * @param blob the original layer, or null if it is not at hand
     */
    TurboOciTarget(String layer, @Nullable BlobReader blob) {
        this.layer = layer;
        this.blob = blob;
    }

    /** Number of sectors, with the last one if it is a part of one; all there can be if the target is not at hand. */
    long sectors() {
        return blob == null ? Long.MAX_VALUE : Math.ceilDiv(blob.size(), (long) Sectors.SIZE);
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        if (blob == null) {
            throw new AbsentDataException(
                    layer, 0, "this range is in the original layer at byte " + offset + ", which is not given");
        }
        int limit = dst.limit();
        long missing = offset + dst.remaining() - blob.size();
        if (missing <= 0 || missing >= Sectors.SIZE) {
            blob.read(offset, dst);
        } else {
            blob.read(offset, dst.limit(limit - (int) missing));
            dst.limit(limit);
            while (dst.hasRemaining()) {
                dst.put((byte) 0);
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (blob != null) {
            blob.close();
        }
    }
}
