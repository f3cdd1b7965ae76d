package io.obd.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A run of bytes inside another blob, such as the member of a tar, as a blob of its own. */
public final class BlobWindow implements BlobReader {
    private final BlobReader source;
    private final long start;
    private final long size;
    private final String name;

    /**
     * @param start first byte of the window in {@code source}
     * @param size length of the window; it lies in the source completely
     * @param what names the window in error texts, after the name of the source
     * @throws IllegalArgumentException if it does not lie in the source
     */
    public BlobWindow(BlobReader source, long start, long size, String what) {
        if (start < 0 || size < 0 || start > source.size() - size) {
            throw new IllegalArgumentException(
                    "window of " + size + " bytes at " + start + " in " + source.size() + " bytes of " + source.name());
        }
        this.source = source;
        this.start = start;
        this.size = size;
        this.name = source.name() + " (" + what + ")";
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        if (offset < 0 || offset > size - dst.remaining()) {
            throw new TruncatedBlobException(name, offset, dst.remaining(), size);
        }
        source.read(start + offset, dst);
    }

    @Override
    public boolean willNeed(long offset, long length) {
        return source.willNeed(start + offset, length);
    }

    @Override
    public boolean isLocal(long offset, long length) {
        return source.isLocal(start + offset, length);
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
        return source.discard(start + offset, length);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
