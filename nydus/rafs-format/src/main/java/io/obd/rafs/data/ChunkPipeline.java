package io.obd.rafs.data;

import io.obd.block.Pool;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.ImageFormat;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Digests and compresses chunks on all processors and hands them on in the order in which they came. Only so many are
 * under way that each processor has one to work on and one to go on with, and no more than memory is meant for. One thread
 * puts chunks in, and hands them on while it waits for room.
 */
final class ChunkPipeline implements Closeable {
    private static final long PATIENCE = 60;
    private static final int MOST_BYTES = 64 << 20;

    private final ImageFormat format;
    private final Predicate<ByteString> known;
    private final Sink sink;
    private final int capacity;
    private final ExecutorService workers;
    private final Pool<ChunkEncoder> encoders;
    private final Deque<Future<Piece>> pending = new ArrayDeque<>();
    private final Deque<byte[]> buffers = new ArrayDeque<>();

    /** Takes chunks in their order. */
    @FunctionalInterface
    interface Sink {
        void accept(Piece piece) throws IOException;
    }

    /** What fills the buffer of a chunk. */
    @FunctionalInterface
    interface Filler {
        void fill(byte[] dst) throws IOException;
    }

    /**
     * A chunk that is not placed yet.
     *
     * @param content valid until it was handed on
     * @param compressed what is stored; null if that is the content
     * @param tag what came with it
     */
    record Piece(
            ByteBuffer content,
            ByteString digest,
            int crc32c,
            @Nullable ByteBuffer compressed,
            Object tag) {
        int length() {
            return content.remaining();
        }
    }

    /**
     * @param known tells that a chunk need not be compressed, since one of that digest was handed on before
     * @param sink called by the thread that puts chunks in
     */
    ChunkPipeline(ImageFormat format, Predicate<ByteString> known, Sink sink) {
        int processors = Runtime.getRuntime().availableProcessors();
        this.format = format;
        this.known = known;
        this.sink = sink;
        this.capacity = Math.min(2 * processors + 2, Math.max(2, MOST_BYTES / format.chunkSize()));
        this.workers = Executors.newFixedThreadPool(
                processors, Thread.ofPlatform().name("rafs-chunk-", 0).daemon().factory());
        this.encoders = new Pool<>(processors, () -> new ChunkEncoder(format.compressor()), ChunkEncoder::close);
    }

    /**
     * Puts a chunk in whose content the calling thread has.
     *
     * @param compress false if it will not be stored alone
     */
    void putContent(Filler content, int length, boolean compress, Object tag) throws IOException {
        byte[] buffer = buffer();
        content.fill(buffer);
        put(_ -> {}, buffer, length, compress, tag);
    }

    /** Puts a chunk in whose content is fetched by the thread that works on it. */
    void put(Filler content, int length, boolean compress, Object tag) throws IOException {
        put(content, buffer(), length, compress, tag);
    }

    private void put(Filler content, byte[] buffer, int length, boolean compress, Object tag) {
        pending.add(workers.submit(() -> work(content, buffer, length, compress, tag)));
    }

    /** Hands on all that is under way. */
    void drain() throws IOException {
        while (!pending.isEmpty()) {
            handOn();
        }
    }

    private byte[] buffer() throws IOException {
        while (pending.size() >= capacity) {
            handOn();
        }
        byte[] free = buffers.poll();
        return free != null ? free : new byte[format.chunkSize()];
    }

    private void handOn() throws IOException {
        try {
            Piece piece = pending.remove().get();
            sink.accept(piece);
            buffers.add(piece.content().array());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a blob was written");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException("a chunk cannot be made", e);
        }
    }

    private Piece work(Filler content, byte[] buffer, int length, boolean compress, Object tag) throws IOException {
        content.fill(buffer);
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length);
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        ByteString digest = format.digester().digest(bytes.duplicate());
        ByteBuffer compressed = null;
        if (compress && !known.test(digest)) {
            ChunkEncoder encoder = encoders.take();
            compressed = encoder.encode(bytes.duplicate());
            encoders.give(encoder);
        }
        return new Piece(bytes, digest, (int) crc.getValue(), compressed, tag);
    }

    /** Ends the threads; what is under way is lost. */
    @Override
    public void close() {
        workers.shutdownNow();
        try {
            if (!workers.awaitTermination(PATIENCE, TimeUnit.SECONDS)) {
                throw new IllegalStateException("threads that make chunks do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        encoders.close();
    }
}
