package io.obd.nydusd.data;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.Pool;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.ChunkReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks of one blob that an image uses, through a file that keeps them. What is missing is fetched together with
 * what lies behind it in the blob, and by one reader however many want it.
 */
final class CachedBlob implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(CachedBlob.class);

    /** A chunk is on its way no longer than its fetch may take, with all attempts. */
    private static final long PATIENCE_SECONDS = 120;

    private static final Comparator<Chunk> BY_PLACE =
            Comparator.comparingLong(Chunk::compressedOffset).thenComparingInt(Chunk::index);

    private final BlobInfo info;
    private final ChunkReader reader;
    private final CacheFile file;
    private final CacheCounters counters;
    private final Pool<ByteBuffer> buffers;
    private final Pool<ByteBuffer> storedBuffers;
    private final List<Chunk> chunks;
    private final CacheOptions options;
    private final CacheRoom room;
    private final RecentChunks recent;
    private final Map<Integer, Flight> flights = new HashMap<>();
    private volatile boolean hasFetched;
    /** Only the thread that flushes knows. */
    private boolean hasChunkInfo;

    private boolean hasFailedToFlush;

    /** Chunks of an earlier run that were compared with their digests; null if they are not to be. */
    private final @Nullable AtomicIntegerArray verified;

    /**
     * @param chunks all chunks that the image has in this blob
     * @param room whether what is fetched can be kept
     * @param recent what could not be kept
     * @param buffers each with room for a chunk
     * @param storedBuffers each with room for what is fetched at once
     */
    CachedBlob(
            BlobInfo info,
            List<Chunk> chunks,
            ChunkReader reader,
            CacheFile file,
            CacheCounters counters,
            CacheOptions options,
            CacheRoom room,
            RecentChunks recent,
            Pool<ByteBuffer> buffers,
            Pool<ByteBuffer> storedBuffers) {
        this.info = info;
        this.chunks = chunks.stream().sorted(BY_PLACE).toList();
        this.reader = reader;
        this.file = file;
        this.counters = counters;
        this.options = options;
        this.room = room;
        this.recent = recent;
        this.buffers = buffers;
        this.storedBuffers = storedBuffers;
        int last = chunks.stream().mapToInt(Chunk::index).max().orElse(0);
        this.verified = options.verify() ? new AtomicIntegerArray(last / Integer.SIZE + 1) : null;
    }

    CacheFile file() {
        return file;
    }

    void read(Chunk chunk, int from, ByteBuffer dst) throws IOException {
        counters.total.increment();
        if (isUsable(chunk)) {
            counters.wholeHits.increment();
        } else if (recent.read(chunk, from, dst)) {
            counters.wholeHits.increment();
            return;
        } else if (!room.isOpen() || !fetch(chunk)) {
            recent.read(chunk, from, dst, this::load);
            return;
        }
        file.read(chunk.uncompressedOffset() + from, dst);
    }

    /** The cache has no room for it. */
    private byte[] load(Chunk chunk) throws IOException {
        ByteBuffer content = buffers.take();
        try {
            reader.read(chunk, content.clear());
            byte[] bytes = new byte[chunk.uncompressedSize()];
            content.flip().get(bytes);
            return bytes;
        } finally {
            buffers.give(content);
        }
    }

    /** Whether it is in the file, and is what it should be if that has to be known. */
    private boolean isUsable(Chunk chunk) throws IOException {
        if (!file.has(chunk.index())) {
            return false;
        }
        if (verified == null || (verified.get(chunk.index() >>> 5) & (1 << chunk.index())) != 0) {
            return true;
        }
        ByteBuffer content = buffers.take();
        try {
            file.read(chunk.uncompressedOffset(), content.clear().limit(chunk.uncompressedSize()));
            reader.verify(chunk, content.flip());
            setVerified(chunk);
            return true;
        } catch (CorruptBlobException e) {
            log.warn("{} is damaged and fetched again: {}", file.path(), e.getMessage());
            file.forget(chunk.index());
            return false;
        } finally {
            buffers.give(content);
        }
    }

    private void setVerified(Chunk chunk) {
        if (verified != null) {
            verified.getAndUpdate(chunk.index() >>> 5, bits -> bits | (1 << chunk.index()));
        }
    }

    /**
     * Fetches what is not there, with its neighbours.
     *
     * @return stored bytes that were fetched, 0 if it was there, or somebody else fetched it, or it could not be kept
     */
    long prefetch(Chunk chunk) throws IOException {
        if (!room.isOpen()) {
            return 0;
        }
        Flight flight;
        synchronized (flights) {
            if (file.has(chunk.index()) || flights.containsKey(chunk.index())) {
                return 0;
            }
            flight = depart(chunk, options.prefetched());
        }
        long bytes = fly(flight);
        IOException failure = flight.await(chunk, PATIENCE_SECONDS);
        if (failure != null) {
            throw failure;
        }
        return bytes;
    }

    /** Returns when the chunk is in the file; false if the file cannot take it. */
    private boolean fetch(Chunk chunk) throws IOException {
        Flight flight;
        boolean mine = false;
        synchronized (flights) {
            if (file.has(chunk.index())) {
                return true;
            }
            flight = flights.get(chunk.index());
            if (flight == null) {
                flight = depart(chunk, options.together());
                mine = true;
            }
        }
        if (mine) {
            fly(flight);
        }
        IOException failure = flight.await(chunk, PATIENCE_SECONDS);
        if (failure instanceof FullCacheException) {
            return false;
        }
        if (failure != null) {
            // Others may have the same one: each thread throws its own.
            throw failure instanceof CorruptBlobException
                    ? failure
                    : new IOException("chunk " + chunk.index(), failure);
        }
        return true;
    }

    /**
     * The chunk and those behind it that are missing too, and not under way.
     *
     * @param together stored bytes that are fetched at once, if as many are missing
     */
    private Flight depart(Chunk wanted, int together) {
        List<Chunk> group = new ArrayList<>();
        int place = Collections.binarySearch(chunks, wanted, BY_PLACE);
        boolean sharesContext = info.features().hasBatches() || info.features().isZran();
        if (sharesContext) {
            while (place > 0 && chunks.get(place - 1).compressedOffset() == wanted.compressedOffset()) {
                place--;
            }
        }
        long end = wanted.compressedOffset();
        for (int i = place; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            boolean near = sharesContext
                    ? chunk.compressedOffset() == wanted.compressedOffset()
                    : chunk.compressedOffset() <= end
                            && chunk.compressedOffset() + chunk.compressedSize() - wanted.compressedOffset()
                                    <= Math.max(together, wanted.compressedSize());
            if (!near) {
                break;
            }
            boolean missing = !file.has(chunk.index()) && !flights.containsKey(chunk.index());
            if (missing) {
                group.add(chunk);
            } else if (!sharesContext) {
                break;
            }
            end = Math.max(end, chunk.compressedOffset() + chunk.compressedSize());
        }
        Flight flight = new Flight(group);
        group.forEach(chunk -> flights.put(chunk.index(), flight));
        return flight;
    }

    private long fly(Flight flight) {
        long bytes = 0;
        try {
            bytes = bring(flight);
        } catch (IOException e) {
            flight.chunks().forEach(chunk -> flight.failed(chunk, e));
        } catch (RuntimeException | Error e) {
            // Whoever waits for it must not read what was never written.
            IOException failure =
                    new IOException(file.path() + ": fetching failed by an error of this program: " + e, e);
            flight.chunks().forEach(chunk -> flight.failed(chunk, failure));
            throw e;
        } finally {
            synchronized (flights) {
                flight.chunks().forEach(chunk -> flights.remove(chunk.index()));
            }
            flight.end();
        }
        return bytes;
    }

    private long bring(Flight flight) throws IOException {
        Chunk first = flight.chunks().getFirst();
        Chunk last = flight.chunks().getLast();
        long length = last.compressedOffset() + last.compressedSize() - first.compressedOffset();
        BlobReader blob = reader.blob(info.index());
        if (flight.chunks().size() == 1
                || length == 0
                || info.features().isZran()
                || info.features().hasBatches()) {
            // What is compressed together is read once by the reader of chunks itself.
            store(flight, blob);
            return length;
        }
        ByteBuffer stored = storedBuffers.take();
        try {
            blob.read(first.compressedOffset(), stored.clear().limit((int) length));
            store(flight, new FetchedBytes(blob, first.compressedOffset(), stored.flip()));
        } finally {
            storedBuffers.give(stored);
        }
        return length;
    }

    private void store(Flight flight, BlobReader stored) {
        ByteBuffer content = buffers.take();
        try {
            for (Chunk chunk : flight.chunks()) {
                try {
                    reader.read(chunk, stored, content.clear());
                } catch (IOException e) {
                    flight.failed(chunk, e);
                    continue;
                }
                keep(flight, chunk, content.flip());
                hasFetched = true;
            }
        } finally {
            buffers.give(content);
        }
    }

    private void keep(Flight flight, Chunk chunk, ByteBuffer content) {
        try {
            file.write(chunk.index(), chunk.uncompressedOffset(), content);
            setVerified(chunk);
            counters.entries.increment();
            if (room.worked()) {
                recent.clear();
            }
        } catch (IOException e) {
            room.failed(e);
            recent.put(chunk, content.rewind());
            flight.failed(chunk, new FullCacheException(file.path() + ": " + e.getMessage(), e));
        }
    }

    /** Has what was fetched on the disk; if that fails, the next run fetches it again. */
    void flush() {
        try {
            file.flush();
        } catch (IOException e) {
            if (!hasFailedToFlush) {
                log.error("the next run will not find all that is cached in {}: {}", file.path(), e.getMessage());
            }
            hasFailedToFlush = true;
        }
    }

    /** Once something was fetched: has what describes the chunks beside them. */
    void keepChunkInfo() {
        if (!hasFetched || hasChunkInfo) {
            return;
        }
        hasChunkInfo = true;
        try {
            reader.keepChunkInfo(info.index());
        } catch (IOException e) {
            log.warn("the chunk information of {} is not kept: {}", file.path(), e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        try (file) {
            flush();
        }
    }

    /** The file of the cache could not be written. */
    private static final class FullCacheException extends IOException {
        private static final long serialVersionUID = 1L;

        FullCacheException(String message, IOException cause) {
            super(message, cause);
        }
    }
}
