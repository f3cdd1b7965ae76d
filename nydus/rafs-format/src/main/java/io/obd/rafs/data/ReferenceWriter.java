package io.obd.rafs.data;

import io.obd.block.gzip.GzipBlocks;
import io.obd.block.gzip.GzipTrace;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobContents;
import io.obd.rafs.BlobFeatures;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Chunk;
import io.obd.rafs.ChunkInfoTable;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageLimitException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Finds chunks where they are, in a layer that stays as it is, and writes a blob that says where. Used by one thread in
 * this order: {@link #add} the files in the order of the tar, {@link #finishChunks}, {@link #appendBootstrap} if the blob
 * holds it.
 *
 * <p>In a layer in gzip a chunk is part of a span that begins with a deflate block. A span ends when it has 1 MiB or its
 * content would get 2 MiB.
 */
public final class ReferenceWriter implements ChunkSink, Closeable {
    private static final long LONGEST_SPAN = 1 << 20;
    private static final long MOST_CONTENT = 2 << 20;
    private static final int ALIGNMENT = 4096;

    private final TarStream tar;
    private final BlobOutput out;
    private final BlobSections sections;
    private final BlobFeatures features;
    private final int blob;
    private final boolean holdsBootstrap;
    private final boolean hasContents;
    private final int chunkSize;
    private final byte[] content;
    private final Map<ByteString, Chunk> known = new HashMap<>();
    private final ChunkInfoRecords records = new ChunkInfoRecords(true);
    private final ByteArrayOutputStream digests = new ByteArrayOutputStream();
    private int chunks;
    private int spans;
    private long uncompressedEnd;
    private @Nullable Span span;

    /** Stored bytes that some chunks are decompressed out of together. */
    private static final class Span {
        private final GzipBlocks.Block start;
        private long end;
        private long contentEnd;

        Span(GzipBlocks.Block start) {
            this.start = start;
        }

        ZranContext context() throws ImageLimitException {
            long stored = end - start.compressed();
            long length = contentEnd - start.uncompressed();
            if (stored > ZranContext.LARGEST || length > ZranContext.LARGEST) {
                throw new ImageLimitException("a deflate block at byte " + start.compressed() + " with " + length
                        + " bytes of content: " + ZranContext.LARGEST + " is the most; compress the layer anew");
            }
            return new ZranContext(
                    start.compressed(),
                    start.uncompressed(),
                    (int) stored,
                    (int) length,
                    start.sharedByte(),
                    start.sharedBits(),
                    ByteString.copyOf(start.window()));
        }
    }

    /**
     * @param tar the layer, read by nobody else than through the content that is added
     * @param out where the blob goes; stays open
     * @param blob index that the layer will have in the image
     * @param holdsBootstrap whether the bootstrap becomes part of the blob
     * @param hasContents whether the blob ends with a table of contents
     */
    public ReferenceWriter(
            TarStream tar, OutputStream out, int blob, int chunkSize, boolean holdsBootstrap, boolean hasContents) {
        this.tar = tar;
        this.blob = blob;
        this.out = new BlobOutput(out);
        this.sections = new BlobSections(this.out);
        this.features = BlobFeatures.ofReference(tar.gzip() != null, holdsBootstrap, hasContents);
        this.holdsBootstrap = holdsBootstrap;
        this.hasContents = hasContents;
        this.chunkSize = chunkSize;
        this.content = new byte[chunkSize];
    }

    /** Chunks of other blobs, which are given instead of referring to the same content; the first of equal ones. */
    public void know(Collection<Chunk> others) {
        for (Chunk chunk : others) {
            known.putIfAbsent(chunk.digest(), chunk);
        }
    }

    @Override
    public void add(InputStream file, long size, Consumer<Chunk> placed) throws IOException {
        for (long at = 0; at < size; at += chunkSize) {
            placed.accept(next(file, (int) Math.min(chunkSize, size - at)));
        }
    }

    private Chunk next(InputStream file, int length) throws IOException {
        long start = tar.position();
        if (file.readNBytes(content, 0, length) < length) {
            throw new IOException("the tar ends in a file");
        }
        if (tar.position() - start != length) {
            throw new IOException("a sparse file cannot be referred to: its content is not in the tar");
        }
        GzipTrace gzip = tar.gzip();
        GzipTrace.Piece first = gzip == null ? null : gzip.piece(start);
        GzipTrace.Piece last = gzip == null ? null : gzip.piece(start + length - 1);
        ByteString digest = Digester.SHA256.digest(ByteBuffer.wrap(content, 0, length));
        Chunk same = known.get(digest);
        if (same != null && same.uncompressedSize() == length) {
            return same;
        }
        CRC32C crc = new CRC32C();
        crc.update(content, 0, length);
        Chunk chunk;
        if (first == null || last == null) {
            chunk = Chunk.of(digest, blob, chunks, start, length, uncompressedEnd, length, (int) crc.getValue());
            records.add(chunk);
        } else {
            long place = first.compressedStart();
            int stored = (int) Math.min(Integer.MAX_VALUE, last.compressedEnd() - place);
            chunk = Chunk.ofSpan(digest, blob, chunks, place, stored, uncompressedEnd, length, (int) crc.getValue());
            addToSpan(chunk, first.block(), start, last.compressedEnd());
        }
        known.put(digest, chunk);
        digests.writeBytes(digest.toBytes());
        chunks++;
        uncompressedEnd += Math.ceilDiv(length, ALIGNMENT) * (long) ALIGNMENT;
        return chunk;
    }

    private void addToSpan(Chunk chunk, GzipBlocks.Block block, long start, long storedEnd) throws IOException {
        Span current = span;
        long end = start + chunk.uncompressedSize();
        boolean full = current != null
                && block.uncompressed() > current.start.uncompressed()
                && (storedEnd - current.start.compressed() > LONGEST_SPAN
                        || end - current.start.uncompressed() > MOST_CONTENT);
        if (current == null || full) {
            endSpan();
            current = new Span(block);
            span = current;
        }
        current.end = storedEnd;
        current.contentEnd = end;
        records.addToSpan(chunk, spans, (int) (start - current.start.uncompressed()));
    }

    private void endSpan() throws IOException {
        if (span != null) {
            records.endSpan(span.context());
            spans++;
        }
    }

    /**
     * Ends the chunks and writes what belongs behind them. Without a bootstrap that is the end of the blob.
     *
     * @param id identity of the layer
     * @param size bytes of it
     * @return what the bootstrap has to say about the layer; empty if there is no chunk, and then the blob need not be kept
     *     unless it holds the bootstrap
     */
    public Optional<BlobInfo> finishChunks(String id, long size) throws IOException {
        endSpan();
        if (chunks == 0) {
            return Optional.empty();
        }
        ChunkInfoTable table;
        try (ChunkEncoder zstd = new ChunkEncoder(Compressor.ZSTD)) {
            table = sections.chunkInfo(records, chunks, features, zstd, Compressor.ZSTD);
        }
        Optional<BlobContents> contents = Optional.empty();
        if (hasContents) {
            sections.digests(digests.toByteArray());
            if (!holdsBootstrap) {
                contents = Optional.of(sections.contents());
            }
        }
        out.flush();
        return Optional.of(new BlobInfo(
                blob,
                id,
                features,
                Compressor.GZIP,
                Digester.SHA256,
                chunks,
                chunkSize,
                size,
                uncompressedEnd,
                0,
                Optional.of(new ChunkInfoTable(
                        holdsBootstrap ? "" : id(),
                        holdsBootstrap ? 0 : size(),
                        table.offset(),
                        table.compressedSize(),
                        table.uncompressedSize(),
                        table.compressor())),
                contents));
    }

    /**
     * Adds the bootstrap to a blob that holds it, and ends the blob.
     *
     * @param bootstrap with an array
     */
    public void appendBootstrap(ByteBuffer bootstrap) throws IOException {
        sections.bootstrap(bootstrap, hasContents);
        if (hasContents) {
            sections.contents();
        }
        out.flush();
    }

    /** SHA-256 of what was written, in hexadecimal: the identity of the blob at its end. */
    public String id() throws IOException {
        return HexFormat.of().formatHex(out.digest().toBytes());
    }

    /** Bytes that were written. */
    public long size() {
        return out.position();
    }

    /** Ends the thread that writes the blob. */
    @Override
    public void close() {
        out.close();
    }
}
