package io.obd.block.gzip;

import io.obd.block.BlobReader;
import io.obd.block.MalformedBlockException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses a deflate stream from a boundary of its blocks on, as far as it is wanted. One thread uses an instance at a
 * time.
 */
final class SpanInflater implements AutoCloseable {
    /** Most spans are compressed to less, so that they are one request to a registry. */
    private static final int BUFFER = 1 << 20;

    private final RawInflater inflater = RawInflater.open();
    private final ByteBuffer input = ByteBuffer.allocateDirect(BUFFER);

    private @Nullable Input compressed;

    /**
     * Starts at the beginning of a span.
     *
     * @throws IOException if its first bytes, or the window, cannot be read
     */
    void start(GzipIndex index, int span, BlobReader source) throws IOException, MalformedBlockException {
        inflater.start(index.window(span));
        Input input = new Input(source, index.compressedStart(span), index.compressedEnd(span));
        input.first(index.skippedBits(span));
        compressed = input;
    }

    /**
     * Decompresses the bytes that follow.
     *
     * @param bytes filled
     * @throws MalformedBlockException if the compressed bytes are wrong
     * @throws IOException if they cannot be read
     */
    void next(ByteBuffer bytes) throws IOException, MalformedBlockException {
        Input input = compressed;
        if (input == null) {
            throw new IllegalStateException("no span was started");
        }
        while (bytes.hasRemaining()) {
            int room = bytes.remaining();
            inflater.inflate(bytes);
            if (bytes.remaining() < room) {
                continue;
            }
            if (!inflater.needsInput()) {
                throw new MalformedBlockException("the deflate stream ends too early");
            }
            input.next();
        }
    }

    /** The compressed bytes of a span, given to the inflater a buffer at a time. */
    private final class Input {
        private final BlobReader source;
        private final long end;
        private long at;

        Input(BlobReader source, long start, long end) {
            this.source = source;
            this.end = end;
            this.at = start;
        }

        /** @param skippedBits bits of the first byte that belong to the block before */
        void first(int skippedBits) throws IOException, MalformedBlockException {
            byte[] before = EmptyBlocks.upTo(skippedBits);
            int shared = Math.max(0, before.length - 1);
            read(shared);
            if (skippedBits > 0) {
                byte own = (byte) (input.get(shared) & (-1 << skippedBits));
                input.put(0, before).put(shared, (byte) (before[shared] | own));
            }
            inflater.setInput(input);
        }

        void next() throws IOException, MalformedBlockException {
            read(0);
            inflater.setInput(input);
        }

        /** Leaves so many bytes at the beginning of the buffer. */
        private void read(int free) throws IOException, MalformedBlockException {
            if (at >= end) {
                throw new MalformedBlockException("the deflate stream has more bytes than the index says");
            }
            int length = (int) Math.min(BUFFER - free, end - at);
            source.read(at, input.clear().limit(free + length).position(free));
            input.flip();
            at += length;
        }
    }

    @Override
    public void close() {
        inflater.close();
    }
}
