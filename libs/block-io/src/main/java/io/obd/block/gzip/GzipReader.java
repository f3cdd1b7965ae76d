package io.obd.block.gzip;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The uncompressed view of a gzip stream, by means of an index of it ({@code gzip.meta} of turboOCI). Only the first
 * member of the stream is seen, as its index knows no other.
 *
 * <p>Deflate has no checksums of its blocks: what is wrong in them is noticed where there are {@linkplain GzipIndexer
 * checksums} beside the index; else where it makes no deflate stream, or where a span does not end with what the index says
 * precedes the next one. It is then reported to the source with {@link BlobReader#discard} and read once more if that helped.
 */
public final class GzipReader implements BlobReader {
    /** The file of checksums is called as the index is, with this behind. */
    public static final String CHECKSUMS_SUFFIX = ".crc";

    /** What is decompressed at a time. */
    private static final int PIECE = GzipChecksumsLayout.PIECE;

    private final BlobReader source;
    private final GzipIndex index;
    private final @Nullable GzipChecksums checksums;
    private final SpanCache cache;
    private final String name;

    private GzipReader(BlobReader source, GzipIndex index, @Nullable GzipChecksums checksums, SpanCache cache) {
        this.source = source;
        this.index = index;
        this.checksums = checksums;
        this.cache = cache;
        this.name = source.name() + " (uncompressed)";
    }

    /**
     * Opens a gzip stream.
     *
     * @param source the stream; closed with the result, not closed when this fails
     * @param index the file that belongs to it; closed with the result, not closed when this fails
     * @param checksums the file with what is checked of the stream; read, and neither kept nor closed. Null if there is none
     * @param cache keeps what was decompressed last
     * @throws CorruptBlobException if the index or the checksums are wrong or those of another stream; says what, and where
     */
    public static GzipReader open(BlobReader source, BlobReader index, @Nullable BlobReader checksums, SpanCache cache)
            throws IOException {
        GzipIndex read = GzipIndex.read(index, source.size());
        return new GzipReader(source, read, checksums == null ? null : GzipChecksums.read(checksums, read), cache);
    }

    @Override
    public long size() {
        return index.uncompressedSize();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        if (offset < 0 || offset > size() - dst.remaining()) {
            throw new TruncatedBlobException(name, offset, dst.remaining(), size());
        }
        long at = offset;
        while (dst.hasRemaining()) {
            int span = index.spanOf(at);
            long within = at - index.start(span);
            byte[] piece = piece(span, (int) (within / PIECE));
            int from = (int) (within % PIECE);
            int length = Math.min(piece.length - from, dst.remaining());
            dst.put(piece, from, length);
            at += length;
        }
    }

    private byte[] piece(int span, int number) throws IOException {
        SpanCache.Span key = new SpanCache.Span(this, span);
        Pieces pieces = new Pieces(span);
        try {
            return cache.get(key, number, pieces);
        } catch (MalformedBlockException e) {
            long start = index.compressedStart(span);
            if (!source.discard(start, index.compressedEnd(span) - start)) {
                throw corrupt(span, e);
            }
            // What was made of the same bytes before they made no sense may be wrong too.
            cache.drop(this, span, span);
            try {
                return cache.get(key, number, pieces);
            } catch (MalformedBlockException again) {
                throw corrupt(span, again);
            }
        }
    }

    private final class Pieces implements SpanCache.Maker {
        private final int span;

        Pieces(int span) {
            this.span = span;
        }

        @Override
        public void start(SpanInflater inflater) throws IOException, MalformedBlockException {
            inflater.start(index, span, source);
        }

        @Override
        public byte[] next(SpanInflater inflater, int number) throws IOException, MalformedBlockException {
            long left = index.end(span) - index.start(span) - (long) number * PIECE;
            byte[] piece = inflater.next((int) Math.min(PIECE, left));
            if (checksums != null) {
                checksums.check(span, number, piece);
            } else if (left <= PIECE) {
                index.checkEnd(span, piece);
            }
            return piece;
        }
    }

    private CorruptBlobException corrupt(int span, MalformedBlockException e) {
        CorruptBlobException corrupt = new CorruptBlobException(
                source.name(),
                index.compressedStart(span),
                "gzip: bytes " + index.start(span) + " to " + index.end(span) + " of the uncompressed stream, which the"
                        + " index says are here: " + e.getMessage());
        corrupt.initCause(e);
        return corrupt;
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
        if (length <= 0 || offset < 0 || offset > size() - length) {
            return false;
        }
        int first = index.spanOf(offset);
        int last = index.spanOf(offset + length - 1);
        cache.drop(this, first, last);
        long start = index.compressedStart(first);
        return source.discard(start, index.compressedEnd(last) - start);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void close() throws IOException {
        cache.drop(this, 0, Integer.MAX_VALUE);
        try (source) {
            index.close();
        }
    }
}
