package io.obd.rafs.data;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobContents;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Chunk;
import io.obd.rafs.ChunkInfoTable;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.ImageLimitException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Writes a blob: content of files goes in, chunks come out. Used by one thread in this order:
 *
 * <ol>
 *   <li>{@link #know} chunks of other blobs that need not be stored again;
 *   <li>{@link #add} the content of each file, in the order in which it is to be stored. The chunks of a file are given to
 *       the consumer that came with it, in order, in the calling thread, during this or a later call or the next one below;
 *   <li>{@link #finishChunks}, after which every consumer got all of its chunks;
 *   <li>if the blob {@linkplain BlobFormat#holdsBootstrap holds it}, make the bootstrap and {@link #appendBootstrap} it;
 *   <li>{@link #id}, {@link #size}, {@link #close}.
 * </ol>
 *
 * Chunks are digested and compressed on all processors; which bytes are written does not depend on how many there are.
 * Memory is bounded by two chunks for each processor and a few MiB.
 */
public final class BlobWriter implements ChunkSink, Closeable {
    private static final int MOST_CHUNKS = 0xff_fffe;
    private static final int ALIGNMENT = 4096;
    private static final long MOST_STORED = 1L << 40;

    private final BlobFormat format;
    private final ImageFormat image;
    private final int blob;
    private final BlobOutput out;
    private final ChunkPipeline pipeline;
    private final ChunkEncoder encoder;
    private final Map<ByteString, Chunk> known = new ConcurrentHashMap<>();
    private final ChunkInfoRecords records;
    private final ByteArrayOutputStream digests = new ByteArrayOutputStream();
    private final ByteArrayOutputStream batch = new ByteArrayOutputStream();
    private final BlobSections sections;
    private int chunks;
    private long uncompressedEnd;

    /** What comes with a chunk through the pipeline. */
    private record Tag(boolean small, Consumer<Chunk> placed) {}

    /**
     * @param out where the blob goes; stays open
     * @param blob index that the blob will have in the image
     */
    public BlobWriter(OutputStream out, BlobFormat format, int blob) {
        this.format = format;
        this.image = format.image();
        this.blob = blob;
        this.out = new BlobOutput(out);
        this.sections = new BlobSections(this.out);
        this.records = new ChunkInfoRecords(format.features().hasLongChunkInfo());
        this.encoder = new ChunkEncoder(image.compressor());
        this.pipeline = new ChunkPipeline(image, known::containsKey, this::place);
    }

    /** Chunks of other blobs, which are given instead of storing the same content; the first of equal ones. */
    public void know(Collection<Chunk> others) {
        for (Chunk chunk : others) {
            known.putIfAbsent(chunk.digest(), chunk);
        }
    }

    /** @throws ImageLimitException if the blob gets too large */
    @Override
    public void add(InputStream content, long size, Consumer<Chunk> placed) throws IOException {
        for (long at = 0; at < size; at += image.chunkSize()) {
            int length = (int) Math.min(image.chunkSize(), size - at);
            boolean small = isSmall(size);
            pipeline.putContent(
                    dst -> {
                        int n = content.readNBytes(dst.array(), dst.arrayOffset() + dst.position(), length);
                        if (n < length) {
                            throw new IOException("the content of " + size + " bytes ends too early");
                        }
                    },
                    length,
                    !small,
                    new Tag(small, placed));
        }
    }

    /** Adds content that other threads may read, until {@link #finishChunks} was called. */
    public void add(ChunkSource content, long size, Consumer<Chunk> placed) throws IOException {
        for (long at = 0; at < size; at += image.chunkSize()) {
            long offset = at;
            int length = (int) Math.min(image.chunkSize(), size - at);
            boolean small = isSmall(size);
            pipeline.put(dst -> content.read(offset, dst), length, !small, new Tag(small, placed));
        }
    }

    /** Stores all that was added so far; gives the bytes of the blob that have it. */
    public long settle() throws IOException {
        pipeline.drain();
        endBatch();
        return out.position();
    }

    private boolean isSmall(long size) {
        return size < format.batchSize() / 2;
    }

    private void place(ChunkPipeline.Piece piece) throws IOException {
        Tag tag = (Tag) piece.tag();
        Chunk chunk = known.get(piece.digest());
        if (chunk == null || chunk.uncompressedSize() != piece.length()) {
            chunk = tag.small() ? addToBatch(piece) : store(piece);
            known.put(piece.digest(), chunk);
            count(chunk);
        }
        tag.placed().accept(chunk);
    }

    private void count(Chunk chunk) throws ImageLimitException {
        digests.writeBytes(chunk.digest().toBytes());
        chunks++;
        long end = uncompressedEnd + chunk.uncompressedSize();
        uncompressedEnd = format.isAligned() ? end + (-end & (ALIGNMENT - 1)) : end;
        if (chunks > MOST_CHUNKS || out.position() > MOST_STORED) {
            throw new ImageLimitException("a blob of " + chunks + " chunks and " + out.position()
                    + " bytes is larger than an image can refer to: use larger chunks");
        }
    }

    /**
     * Stores a chunk as another blob of the same compressor has it, whatever is known already.
     *
     * @param stored its bytes there; has an array
     * @return the same chunk in this blob
     * @throws ImageLimitException if the blob gets too large
     */
    public Chunk copy(Chunk chunk, ByteBuffer stored) throws IOException {
        settle();
        Chunk copied = new Chunk(
                chunk.digest(),
                blob,
                chunks,
                chunk.flags(),
                out.position(),
                stored.remaining(),
                uncompressedEnd,
                chunk.uncompressedSize(),
                chunk.crc32c());
        out.write(stored);
        records.add(copied);
        count(copied);
        return copied;
    }

    private Chunk store(ChunkPipeline.Piece piece) throws IOException {
        endBatch();
        ByteBuffer stored = piece.compressed() == null ? piece.content() : piece.compressed();
        Chunk chunk = chunk(piece, out.position(), stored.remaining());
        out.write(stored);
        records.add(chunk);
        return chunk;
    }

    private Chunk addToBatch(ChunkPipeline.Piece piece) throws IOException {
        if (batch.size() + piece.length() > format.batchSize()) {
            endBatch();
        }
        Chunk chunk = chunk(piece, 0, 0);
        records.addToBatch(chunk, out.position(), batch.size());
        batch.write(piece.content().array(), piece.content().position(), piece.length());
        return chunk;
    }

    private Chunk chunk(ChunkPipeline.Piece piece, long offset, int size) {
        return Chunk.of(piece.digest(), blob, chunks, offset, size, uncompressedEnd, piece.length(), piece.crc32c());
    }

    private void endBatch() throws IOException {
        if (batch.size() == 0) {
            return;
        }
        ByteBuffer content = ByteBuffer.wrap(batch.toByteArray());
        ByteBuffer compressed = encoder.encode(content.duplicate());
        ByteBuffer stored = compressed == null ? content : compressed;
        out.write(stored);
        records.endBatch(stored.remaining(), batch.size());
        batch.reset();
    }

    /**
     * Ends the chunks and writes what belongs behind them. Without a bootstrap that is the end of the blob.
     *
     * @return what the bootstrap has to say about the blob; empty if it has no chunk, and then the blob need not be kept
     *     unless it holds the bootstrap
     */
    public Optional<BlobInfo> finishChunks() throws IOException {
        settle();
        if (chunks == 0) {
            return Optional.empty();
        }
        if (format.features().hasSections()) {
            sections.chunks(uncompressedEnd);
        }
        Optional<ChunkInfoTable> table = format.isV6()
                ? Optional.of(sections.chunkInfo(records, chunks, format.features(), encoder, image.compressor()))
                : Optional.empty();
        Optional<BlobContents> contents = Optional.empty();
        if (format.hasContents()) {
            sections.digests(digests.toByteArray());
            if (!format.holdsBootstrap()) {
                contents = Optional.of(sections.contents());
            }
        }
        out.flush();
        return Optional.of(new BlobInfo(
                blob,
                format.holdsBootstrap() ? BootstrapWriter.OWN_BLOB : id(),
                format.features(),
                image.compressor(),
                image.digester(),
                chunks,
                image.chunkSize(),
                out.position(),
                uncompressedEnd,
                0,
                table,
                contents));
    }

    /**
     * Adds the bootstrap to a blob that holds it, and ends the blob.
     *
     * @param bootstrap with an array
     */
    public void appendBootstrap(ByteBuffer bootstrap) throws IOException {
        sections.bootstrap(bootstrap, format.hasContents());
        if (format.hasContents()) {
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

    /** Ends the threads that work on the blob. */
    @Override
    public void close() {
        pipeline.close();
        out.close();
        encoder.close();
    }
}
