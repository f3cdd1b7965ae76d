package io.obd.nydusd.data;

import io.obd.block.CorruptBlobException;
import io.obd.block.Pool;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
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
    private static final long FLUSH_SECONDS = 1;
    private static final Duration END_OF_FLUSHER = Duration.ofSeconds(30);

    private final ChunkReader reader;
    private final List<CachedBlob> blobs = new ArrayList<>();
    private final CacheCounters counters = new CacheCounters();
    private final Pool<ByteBuffer> buffers;
    private final Pool<ByteBuffer> storedBuffers;
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
        this.reader = new ChunkReader(image, source, options.verify(), options.directory());
        this.buffers = new Pool<>(IDLE_BUFFERS, () -> ByteBuffer.allocateDirect(image.chunkSize()), _ -> {});
        int stored = Math.max(Math.max(options.together(), options.prefetched()), image.chunkSize());
        this.storedBuffers = new Pool<>(IDLE_BUFFERS, () -> ByteBuffer.allocateDirect(stored), _ -> {});
        try {
            for (BlobInfo blob : image.blobs()) {
                blobs.add(open(image, blob, options));
            }
        } catch (IOException e) {
            close(blobs);
            closeReader();
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
        int indexes = chunks.stream().mapToInt(chunk -> chunk.index() + 1).max().orElse(0);
        boolean isKept = options.isIndexed() && blob.chunkCount() >= indexes && blob.uncompressedSize() >= end;
        CacheFile file = CacheFile.open(
                options.directory(),
                blob,
                Math.max(end, blob.uncompressedSize()),
                Math.max(indexes, blob.chunkCount()),
                isKept);
        return new CachedBlob(blob, chunks, reader, file, counters, options, buffers, storedBuffers);
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
        close(blobs);
        closeReader();
    }

    private void closeReader() throws IOException {
        reader.close();
        buffers.close();
        storedBuffers.close();
    }

    private static void close(List<CachedBlob> blobs) throws IOException {
        for (CachedBlob blob : blobs) {
            blob.close();
        }
    }
}
