package io.obd.convert;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** The tar of a layer on its way to who builds it: one thread decompresses it, another one takes its digest. */
final class LayerPipe implements Closeable {
    /** Between the two threads. */
    private static final int SHORT = 8;

    /** What there is of the next layer while the file system of the one before is written. */
    private static final int LONG = 32;

    private final ReadAheadStream decompressed;
    private final ReadAheadStream tar;

    /** @param content of the layer's blob; closed with this */
    LayerPipe(DecompressedLayer content, SourceLayer layer) {
        this.decompressed = new ReadAheadStream(content, SHORT);
        this.tar = new ReadAheadStream(new LayerTar(decompressed, layer), LONG);
    }

    /** Decompresses the layer to its end, as far as there is room. Called once. */
    void decompress() {
        decompressed.fill();
    }

    /** Takes the digest of what is decompressed. Called once, by another thread. */
    void digest() {
        tar.fill();
    }

    /** The tar, for the one who builds. */
    InputStream tar() {
        return tar;
    }

    /** Nothing more is read: who builds fails when he has had what was read before. */
    void abort(Throwable why) {
        decompressed.abort(why);
        tar.abort(why);
    }

    /** Waits until nobody works on it any more. */
    @Override
    public void close() throws IOException {
        tar.close();
    }
}
