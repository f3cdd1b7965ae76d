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

    /** How many spans are made ahead of one that is read straight on. */
    private static final int AHEAD = 2;

    /** Pieces that a span may have for that: a stream of few and long blocks has longer ones, which fill the cache. */
    private static final int MOST_AHEAD = 32;

    /** What is decompressed at a time. */
    private static final int PIECE = GzipChecksumsLayout.PIECE;

    private final BlobReader source;
    private final GzipIndex index;
    private final @Nullable GzipChecksums checksums;
    private final SpanCache cache;
    private final String name;

    /** The span that was read last. */
    private volatile int latest = -1;

    private volatile boolean closed;

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
        long end = offset + dst.remaining();
        while (dst.hasRemaining()) {
            long at = end - dst.remaining();
            int span = index.spanOf(at);
            read(span, at - index.start(span), dst);
            makeAhead(span);
        }
    }

    private void read(int number, long within, ByteBuffer dst) throws IOException {
        SpanCache.Span span = new SpanCache.Span(this, number);
        int piece = (int) (within / PIECE);
        int from = (int) (within % PIECE);
        try {
            cache.read(span, piece, from, dst);
        } catch (MalformedBlockException e) {
            long start = index.compressedStart(number);
            if (!source.discard(start, index.compressedEnd(number) - start)) {
                throw corrupt(number, e);
            }
            // What was made of the same bytes before they made no sense may be wrong too.
            cache.drop(this, number, number);
            try {
                cache.read(span, piece, from, dst);
            } catch (MalformedBlockException again) {
                throw corrupt(number, again);
            }
        }
    }

    /**
     * The rest of a span that is read is likely to be read too, and so are the spans that follow, if it was read up to
     * there. It is made ahead as far as its bytes are on this host: to get others is up to the source.
     */
    private void makeAhead(int span) {
        if (span == latest) {
            return;
        }
        latest = span;
        boolean straight = span > 0 && cache.has(new SpanCache.Span(this, span - 1));
        int last = Math.min(straight ? span + AHEAD : span, index.spans() - 1);
        for (int next = span; next <= last; next++) {
            if (canBeMadeAhead(next)) {
                cache.makeAhead(new SpanCache.Span(this, next));
            }
        }
    }

    private boolean canBeMadeAhead(int span) {
        long start = index.compressedStart(span);
        int pieces = pieces(span);
        return pieces > 0 && pieces <= MOST_AHEAD && source.isLocal(start, index.compressedEnd(span) - start);
    }

    /** How many pieces a span has. */
    int pieces(int span) {
        return (int) Math.min(Math.ceilDiv(index.end(span) - index.start(span), (long) PIECE), Integer.MAX_VALUE);
    }

    /** Puts an inflater at the beginning of a span. */
    void start(int span, SpanInflater inflater) throws IOException, MalformedBlockException {
        inflater.start(index, span, source);
    }

    /**
     * Makes the piece that follows.
     *
     * @param bytes room for a piece; what remains in it afterwards is the piece
     */
    void make(int span, int piece, SpanInflater inflater, ByteBuffer bytes)
            throws IOException, MalformedBlockException {
        long left = index.end(span) - index.start(span) - (long) piece * PIECE;
        inflater.next(bytes.limit((int) Math.min(PIECE, left)));
        bytes.flip();
        if (checksums != null) {
            checksums.check(span, piece, bytes.duplicate());
        } else if (left <= PIECE) {
            index.checkEnd(span, bytes);
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

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        cache.drop(this);
        try (source) {
            index.close();
        }
    }
}
