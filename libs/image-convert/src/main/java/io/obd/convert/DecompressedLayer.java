package io.obd.convert;

import io.obd.block.BulkInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The content of a layer's blob, which is looked into when it is read first. */
final class DecompressedLayer extends BulkInputStream {
    private final InputStream blob;
    private final SourceLayer layer;
    private final ConversionEngine engine;
    private @Nullable InputStream content;

    /** @param consumed told the blob's bytes as they are used */
    DecompressedLayer(InputStream blob, SourceLayer layer, ConversionEngine engine, LongConsumer consumed) {
        this.blob = new Counting(blob, consumed);
        this.layer = layer;
        this.engine = engine;
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        try {
            if (content == null) {
                content = engine.uncompress(layer, blob);
            }
            return content.read(dst, offset, length);
        } catch (IOException e) {
            String reason = e instanceof EOFException ? "the compressed data ends too early" : e.getMessage();
            throw new ConversionException("the layer cannot be decompressed: " + reason, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (content == null) {
            blob.close();
        } else {
            content.close();
        }
    }

    private static final class Counting extends FilterInputStream {
        private final LongConsumer consumed;

        Counting(InputStream in, LongConsumer consumed) {
            super(in);
            this.consumed = consumed;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            if (b >= 0) {
                consumed.accept(1);
            }
            return b;
        }

        @Override
        public int read(byte[] dst, int offset, int length) throws IOException {
            int n = super.read(dst, offset, length);
            if (n > 0) {
                consumed.accept(n);
            }
            return n;
        }
    }
}
