package io.obd.convert;

import io.obd.block.BulkInputStream;
import io.obd.registry.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The tar of a layer, made of its blob: decompressed, and checked against the diff id when it ends. */
final class LayerTar extends BulkInputStream {
    private final InputStream blob;
    private final SourceLayer layer;
    private final ConversionEngine engine;
    private final Digest expected;
    private final MessageDigest hasher;
    private @Nullable InputStream tar;

    /** @param consumed told the blob's bytes as they are used */
    LayerTar(InputStream blob, SourceLayer layer, ConversionEngine engine, LongConsumer consumed) {
        this.blob = new Counting(blob, consumed);
        this.layer = layer;
        this.engine = engine;
        this.expected = layer.diffId();
        this.hasher = expected.hasher();
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        int n = decompress(dst, offset, length);
        if (n < 0) {
            verify();
        } else {
            hasher.update(dst, offset, n);
        }
        return n;
    }

    @Override
    public void close() throws IOException {
        if (tar == null) {
            blob.close();
        } else {
            tar.close();
        }
    }

    private int decompress(byte[] dst, int offset, int length) throws IOException {
        try {
            if (tar == null) {
                tar = engine.uncompress(layer, blob);
            }
            return tar.read(dst, offset, length);
        } catch (IOException e) {
            throw new ConversionException("the layer cannot be decompressed: " + e.getMessage(), e);
        }
    }

    private void verify() throws ConversionException {
        Digest found = Digest.ofHash(expected.algorithm(), hasher.digest());
        if (!found.equals(expected)) {
            throw new ConversionException(
                    "the uncompressed layer has digest " + found + ", but the image's config says " + expected);
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
