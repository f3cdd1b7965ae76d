package io.obd.convert;

import io.obd.block.BulkInputStream;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** The tar of a layer, checked against the diff id when it ends. */
final class LayerTar extends BulkInputStream {
    private final InputStream tar;
    private final Digest expected;
    private final MessageDigest hasher;

    /** @param tar closed with this */
    LayerTar(InputStream tar, SourceLayer layer) {
        this.tar = tar;
        this.expected = layer.diffId();
        this.hasher = expected.hasher();
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        int n = tar.read(dst, offset, length);
        if (n < 0) {
            verify();
        } else {
            hasher.update(dst, offset, n);
        }
        return n;
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }

    private void verify() throws ConversionException {
        Digest found = Digest.ofHash(expected.algorithm(), hasher.digest());
        if (!found.equals(expected)) {
            throw new ConversionException(
                    "the uncompressed layer has digest " + found + ", but the image's config says " + expected);
        }
    }
}
