package io.obd.blobstore;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the disk keeps of all blobs: granules are written, read, dropped and made durable here. */
final class GranuleCache implements Closeable {
    private final Logger log = LoggerFactory.getLogger(GranuleCache.class);
    private final BlobStoreConfig config;
    private final CacheSpace space;
    private final Set<Segment> dirty = ConcurrentHashMap.newKeySet();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private volatile long noCachingBefore = System.nanoTime();

    /** Held in its read mode by who writes, so that closing can wait for them. */
    private final ReadWriteLock writing = new ReentrantReadWriteLock();

    private volatile boolean closed;

    /**
     * @param evictions told of what makes room
     */
    GranuleCache(BlobStoreConfig config, Evictions evictions) {
        this.config = config;
        this.space = new CacheSpace(config.sizeLimit(), evictions);
    }

    /** Takes over what earlier runs left, as far as there is room for it now. */
    void adopt(Iterable<Entry> entries) {
        for (Entry entry : entries) {
            entry.segments().forEach(segment -> space.add(segment, entry));
        }
        space.trim();
    }

    /** Bytes that can be read. */
    long cached() {
        return space.cached();
    }

    long evictions() {
        return space.evictions();
    }

    long hits() {
        return hits.sum();
    }

    long misses() {
        return misses.sum();
    }

    void countHit() {
        hits.increment();
    }

    void countMiss() {
        misses.increment();
    }

    /** Fills {@code dst} with cached bytes; false if they are not cached, or their file cannot be read. */
    boolean read(Entry entry, long number, int offset, ByteBuffer dst) throws IOException {
        if (closed) {
            throw new IOException(config.directory() + ": the cache is closed");
        }
        int position = dst.position();
        try {
            return entry.read(number, offset, dst);
        } catch (IOException e) {
            dst.position(position);
            log.warn("the cache cannot be read, fetching again: {}", e.toString());
            Segment segment = entry.segmentOf(number);
            if (segment != null) {
                space.evict(segment);
            }
            return false;
        }
    }

    /** Whether what is fetched can be kept; not for a while after that has failed. */
    boolean isWritable() {
        return System.nanoTime() - noCachingBefore >= 0;
    }

    /** Keeps what was fetched, as far as there is room. A disk that is full costs only the caching. */
    void keep(Entry entry, Flight flight, ByteBuffer bytes) {
        writing.readLock().lock();
        try {
            if (closed || !isWritable()) {
                return;
            }
            for (int i = 0; i < flight.count() && !flight.isAbandoned(); i++) {
                keep(
                        entry,
                        flight,
                        flight.first() + i,
                        bytes.slice(i * entry.granule(), entry.granuleLength(flight.first() + i)));
            }
        } catch (IOException e) {
            noCachingBefore = System.nanoTime() + config.diskPause().toNanos();
            log.warn(
                    "the cache in {} cannot be written, reading without it for {} s: {}",
                    config.directory(),
                    config.diskPause().toSeconds(),
                    e.toString());
            space.evictRemoved();
        } finally {
            writing.readLock().unlock();
        }
    }

    private void keep(Entry entry, Flight flight, long number, ByteBuffer granule) throws IOException {
        Segment segment = entry.makeSegmentOf(number);
        if (segment == null) {
            return;
        }
        space.add(segment, entry);
        if (entry.isRetired()) {
            space.evict(segment);
            return;
        }
        int length = granule.remaining();
        if (!space.reserve(length, segment)) {
            return;
        }
        boolean kept = false;
        try {
            kept = segment.write(Entry.numberInSegment(number), granule);
        } catch (NoSuchFileException e) {
            log.warn("somebody has removed {} from the cache; it is made anew", e.getFile());
            space.evict(segment);
        } finally {
            if (!kept) {
                space.release(length);
            }
        }
        if (flight.isAbandoned()) {
            drop(segment, Entry.numberInSegment(number));
        }
        dirty.add(segment);
    }

    /** Records that a source has given out a blob. */
    void grant(Entry entry, BlobSource source) {
        writing.readLock().lock();
        try {
            if (!closed) {
                entry.grants().add(source.name());
            }
        } finally {
            writing.readLock().unlock();
        }
    }

    /** Drops the granules that hold any of these bytes; returns whether there were any. */
    boolean discard(Entry entry, long offset, long length) {
        if (closed) {
            return false;
        }
        boolean dropped = false;
        long first = Math.max(offset, 0) / entry.granule();
        long end = Math.min(length > entry.size() - offset ? entry.size() : offset + length, entry.size());
        for (long number = first; number * entry.granule() < end; number++) {
            dropped |= entry.abandonFlight(number);
            Segment segment = entry.segmentOf(number);
            if (segment != null && segment.has(Entry.numberInSegment(number))) {
                drop(segment, Entry.numberInSegment(number));
                dropped = true;
            }
        }
        return dropped;
    }

    private void drop(Segment segment, int granule) {
        try {
            space.release(segment.drop(1L << granule));
        } catch (IOException e) {
            log.warn("the cache cannot be written, dropping more than was asked for: {}", e.toString());
            space.evict(segment);
        }
    }

    /** Drops all that is kept of a blob; nothing more is. */
    void retire(Entry entry) {
        entry.retire();
        entry.segments().forEach(space::evict);
    }

    /** Makes everything kept so far survive a crash of the machine. */
    void flush() {
        space.evictRemoved();
        for (Segment segment : List.copyOf(dirty)) {
            dirty.remove(segment);
            try {
                segment.flush();
            } catch (IOException e) {
                // What was written may not be on the disk, whatever a later sync says.
                log.warn("cannot flush the cache, dropping what was not flushed: {}", e.toString());
                space.evict(segment);
            }
        }
    }

    /** Closes the files of a blob; the next use opens them again. */
    void closeFiles(Entry entry) {
        for (Segment segment : entry.segments()) {
            try {
                segment.close();
            } catch (IOException e) {
                log.warn("cannot close a file of the cache, dropping it: {}", e.toString());
                space.evict(segment);
            }
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Waits for who writes, flushes, and neither reads nor writes any more. */
    @Override
    public void close() {
        writing.writeLock().lock();
        try {
            closed = true;
        } finally {
            writing.writeLock().unlock();
        }
        flush();
    }
}
