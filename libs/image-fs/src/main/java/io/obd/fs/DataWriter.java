package io.obd.fs;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;

/** File data on its way to the store, past the {@link BlockCache}: neighbouring pieces become one large write. */
final class DataWriter {
    private static final int CAPACITY = 1 << 20;

    private final BlockStore store;
    private final BlockCache cache;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY);
    private long start;

    DataWriter(BlockStore store, BlockCache cache) {
        this.store = store;
        this.cache = cache;
    }

    /** The next bytes go to {@code offset}. */
    void seek(long offset) throws IOException {
        if (offset != start + buffer.position()) {
            flush();
            start = offset;
        }
    }

    void write(byte[] src, int from, int length) throws IOException {
        for (int done = 0; done < length; ) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            int n = Math.min(length - done, buffer.remaining());
            buffer.put(src, from + done, n);
            done += n;
        }
    }

    /** These blocks are about to get their content in another way. */
    void release(long offset, long length) throws IOException {
        flush();
        cache.drop(offset, length);
    }

    /** Hands everything on; must be done before a block that may be in here gets another use. */
    void flush() throws IOException {
        if (buffer.position() > 0) {
            int length = buffer.flip().remaining();
            cache.drop(start, length);
            store.write(start, buffer);
            buffer.clear();
            start += length;
        }
    }
}
