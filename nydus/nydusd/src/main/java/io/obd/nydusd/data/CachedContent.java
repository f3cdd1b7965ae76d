package io.obd.nydusd.data;

import io.obd.block.CorruptBlobException;
import io.obd.block.Pool;
import io.obd.linux.Closing;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The content of an image through files in a directory, in which other processes cache it too. */
public final class CachedContent implements Content {
    private static final int IDLE_BUFFERS = 4;

    /** Of a blob: 1 TiB in chunks of the smallest size, of which a map has 32 MiB. */
    private static final int MOST_CHUNKS = 1 << 28;

    /** What the cache has no room for: as much as some readers read side by side. */
    private static final long RECENT_BYTES = 16 << 20;

    private static final long FLUSH_SECONDS = 1;
    private static final Duration END_OF_FLUSHER = Duration.ofSeconds(30);

    private final ChunkReader reader;
    private final List<CachedBlob> blobs = new ArrayList<>();
    private final CacheCounters counters = new CacheCounters();
    private final Pool<ByteBuffer> buffers;
    private final Pool<ByteBuffer> storedBuffers;
    private final CacheRoom room;
    private final RecentChunks recent = new RecentChunks(RECENT_BYTES);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread flusher;

    /**
     * Opens the files of the cache.
     *
     * @param source where the blobs are
     * @throws CorruptBlobException if a file of the cache is that of something else
     * @throws IOException if one cannot be made
     */
    public CachedContent(Bootstrap image, BlobSource source, CacheOptions options) throws IOException {
        Files.createDirectories(options.directory());
        this.room = new CacheRoom(options.directory(), System::nanoTime);
        this.reader = new ChunkReader(image, source, options.verify(), options.directory());
        this.buffers = new Pool<>(IDLE_BUFFERS, () -> ByteBuffer.allocateDirect(image.chunkSize()), _ -> {});
        int stored = Math.max(Math.max(options.together(), options.prefetched()), image.chunkSize());
        this.storedBuffers = new Pool<>(IDLE_BUFFERS, () -> ByteBuffer.allocateDirect(stored), _ -> {});
        try {
            for (BlobInfo blob : image.blobs()) {
                blobs.add(open(image, blob, options));
            }
        } catch (IOException e) {
            Closing.after(e, parts());
            throw e;
        }
        this.flusher = Thread.ofPlatform().name("cache-flush").daemon().start(this::flushNowAndThen);
    }

    private CachedBlob open(Bootstrap image, BlobInfo blob, CacheOptions options) throws IOException {
        List<Chunk> chunks = image.chunks().stream()
                .filter(chunk -> chunk.blob() == blob.index())
                .toList();
        long end = chunks.stream()
                .mapToLong(chunk -> chunk.uncompressedOffset() + chunk.uncompressedSize())
                .max()
                .orElse(0);
        int indexes = indexes(blob, chunks);
        boolean isKept = options.isIndexed() && blob.chunkCount() >= indexes && blob.uncompressedSize() >= end;
        CacheFile file = CacheFile.open(
                options.directory(),
                blob,
                Math.max(end, blob.uncompressedSize()),
                Math.max(indexes, blob.chunkCount()),
                isKept);
        return new CachedBlob(blob, chunks, reader, file, counters, options, room, recent, buffers, storedBuffers);
    }

    /** How many indexes there are up to the last one that is used. */
    private static int indexes(BlobInfo blob, List<Chunk> chunks) throws CorruptBlobException {
        int last = chunks.stream().mapToInt(Chunk::index).max().orElse(-1);
        if (last >= MOST_CHUNKS) {
            throw new CorruptBlobException(
                    blob.id(), last, "chunk " + last + ", where " + MOST_CHUNKS + " chunks are the most");
        }
        return last + 1;
    }

    @Override
    public void read(Chunk chunk, int from, ByteBuffer dst) throws IOException {
        blobs.get(chunk.blob()).read(chunk, from, dst);
    }

    @Override
    public long prefetch(Chunk chunk) throws IOException {
        return blobs.get(chunk.blob()).prefetch(chunk);
    }

    @Override
    public CacheCounters counters() {
        return counters;
    }

    @Override
    public List<Path> files() {
        return blobs.stream().map(blob -> blob.file().path()).toList();
    }

    private void flushNowAndThen() {
        try {
            while (!closing.await(FLUSH_SECONDS, TimeUnit.SECONDS)) {
                for (CachedBlob blob : blobs) {
                    blob.flush();
                    blob.keepChunkInfo();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        closing.countDown();
        try {
            flusher.join(END_OF_FLUSHER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Closing.all(parts());
    }

    private List<Closeable> parts() {
        List<Closeable> parts = new ArrayList<>(blobs);
        parts.addAll(List.<Closeable>of(reader, buffers::close, storedBuffers::close));
        return parts;
    }
}
