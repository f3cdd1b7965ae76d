package io.obd.rafs.data;

import io.obd.block.Pool;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.ImageFormat;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Digests and compresses chunks on all processors and hands them on in the order in which they came. Small ones travel
 * together. Only so many are under way that each processor has some to work on and some to go on with, and no more than
 * memory is meant for. One thread
 * puts chunks in, and hands them on while it waits for room.
 */
final class ChunkPipeline implements Closeable {
    private static final int MOST_BYTES = 64 << 20;
    /** Chunks go to a thread in so many bytes or more: small ones by themselves would cost more to hand over than to make. */
    private static final int BATCH = 1 << 20;

    private final ImageFormat format;
    private final Predicate<ByteString> known;
    private final Sink sink;
    private final int capacity;
    private final Workers workers;
    private final Pool<ChunkEncoder> encoders;
    private final Deque<Work> pending = new ArrayDeque<>();
    private final Deque<ByteBuffer> buffers = new ArrayDeque<>();
    private Batch open;

    /** Takes chunks in their order. */
    @FunctionalInterface
    interface Sink {
        void accept(Piece piece) throws IOException;
    }

    /** What fills the place of a chunk in a buffer. */
    @FunctionalInterface
    interface Filler {
        /** @param dst has an array; to be filled to its limit */
        void fill(ByteBuffer dst) throws IOException;
    }

    /** A chunk that is not made yet. */
    private record Task(Filler filler, ByteBuffer content, boolean compress, Object tag) {}

    /**
     * Chunks that go to a thread together.
     *
     * @param buffer has their content side by side; its position is where the next one goes
     */
    private record Batch(ByteBuffer buffer, List<Task> tasks) {
        /** The place of another chunk. */
        ByteBuffer place(int length) {
            ByteBuffer place = buffer.duplicate().limit(buffer.position() + length);
            buffer.position(place.limit());
            return place;
        }
    }

    private record Work(Batch batch, Future<List<Piece>> pieces) {}

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
        this.capacity = Math.min(2 * processors + 2, Math.max(2, MOST_BYTES / Math.max(format.chunkSize(), BATCH)));
        this.workers = new Workers("rafs-chunk", processors);
        this.open = batch();
        this.encoders = new Pool<>(processors, () -> new ChunkEncoder(format.compressor()), ChunkEncoder::close);
    }

    /**
     * Puts a chunk in whose content the calling thread has.
     *
     * @param compress false if it will not be stored alone
     */
    void putContent(Filler content, int length, boolean compress, Object tag) throws IOException {
        ByteBuffer place = place(length);
        content.fill(place.duplicate());
        open.tasks().add(new Task(_ -> {}, place, compress, tag));
    }

    /** Puts a chunk in whose content is fetched by the thread that works on it. */
    void put(Filler content, int length, boolean compress, Object tag) throws IOException {
        ByteBuffer place = place(length);
        open.tasks().add(new Task(content, place, compress, tag));
    }

    /** Hands on all that is under way. */
    void drain() throws IOException {
        if (!open.tasks().isEmpty()) {
            submit();
        }
        while (!pending.isEmpty()) {
            handOn();
        }
    }

    /** Where a chunk goes: behind the one before it, or into another buffer when it is time to hand this one over. */
    private ByteBuffer place(int length) throws IOException {
        if (open.buffer().position() >= BATCH || open.buffer().remaining() < length) {
            submit();
        }
        return open.place(length);
    }

    private void submit() throws IOException {
        Batch batch = open;
        pending.add(new Work(batch, workers.submit(() -> work(batch))));
        while (pending.size() >= capacity) {
            handOn();
        }
        open = batch();
    }

    private Batch batch() {
        ByteBuffer free = buffers.poll();
        return new Batch(
                free != null ? free.clear() : ByteBuffer.allocate(Math.max(format.chunkSize(), BATCH)),
                new ArrayList<>());
    }

    private void handOn() throws IOException {
        Work work = pending.remove();
        for (Piece piece : Workers.await(work.pieces())) {
            sink.accept(piece);
        }
        buffers.add(work.batch().buffer());
    }

    private List<Piece> work(Batch batch) throws IOException {
        List<Task> tasks = batch.tasks();
        for (Task task : tasks) {
            task.filler().fill(task.content().duplicate());
        }
        List<ByteString> digests = format.digester()
                .digests(tasks.stream().map(task -> task.content().duplicate()).toList());
        List<Piece> pieces = new ArrayList<>(tasks.size());
        ChunkEncoder encoder = encoders.take();
        try {
            for (int i = 0; i < tasks.size(); i++) {
                pieces.add(piece(tasks.get(i), digests.get(i), encoder));
            }
        } finally {
            encoders.give(encoder);
        }
        return pieces;
    }

    private Piece piece(Task task, ByteString digest, ChunkEncoder encoder) {
        ByteBuffer content = task.content();
        CRC32C crc = new CRC32C();
        crc.update(content.duplicate());
        ByteBuffer compressed = task.compress() && !known.test(digest) ? encoder.encode(content.duplicate()) : null;
        return new Piece(content, digest, (int) crc.getValue(), compressed, task.tag());
    }

    /** Ends the threads; what is under way is lost. */
    @Override
    public void close() {
        workers.close();
        encoders.close();
    }
}
