package io.obd.rafs.data;

import io.obd.block.gzip.GzipTrace;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A tar that is read from its beginning to its end, with the place in its file where it is read. */
public final class TarStream extends FilterInputStream {
    private final @Nullable GzipTrace gzip;
    private long position;

    private TarStream(InputStream in, @Nullable GzipTrace gzip) {
        super(in);
        this.gzip = gzip;
    }

    /** A tar as it is. */
    public static TarStream plain(InputStream tar) {
        return new TarStream(tar, null);
    }

    /**
     * A tar in gzip.
     *
     * @param tar what is decompressed
     * @param gzip where that comes from
     */
    public static TarStream inGzip(InputStream tar, GzipTrace gzip) {
        return new TarStream(tar, gzip);
    }

    @Override
    public int read() throws IOException {
        int one = in.read();
        position += one < 0 ? 0 : 1;
        return one;
    }

    @Override
    public int read(byte[] dst, int from, int length) throws IOException {
        int n = in.read(dst, from, length);
        position += Math.max(n, 0);
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        long skipped = in.skip(n);
        position += skipped;
        return skipped;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Position in the tar of the next byte that is read. */
    long position() {
        return position;
    }

    /** Where in a gzip stream the tar comes from; null if it is not in one. */
    @Nullable
    GzipTrace gzip() {
        return gzip;
    }
}
