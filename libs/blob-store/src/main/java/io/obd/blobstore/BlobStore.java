package io.obd.blobstore;

import io.obd.block.BlobReader;
import io.obd.registry.Digest;
import io.obd.registry.RemoteBlob;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remote blobs as local random-access files. What has been read is kept on the disk, in granules, up to a limit, and
 * is there again after a restart. However many readers want a granule, it is fetched once. A disk that is full costs
 * only the caching.
 *
 * <p>A blob is known by its digest: whoever opens it shares what is cached of it, and fetches what is missing from the
 * source of its own.
 */
public final class BlobStore implements BlobCache, Closeable {
    /** Open a blob with this when its size is not known. */
    public static final long UNKNOWN_SIZE = -1;

    /** Bytes that may be on their way, for all blobs together, without anybody who waits for them. */
    private static final long MOST_GUESSES = 64 << 20;

    private final Logger log = LoggerFactory.getLogger(BlobStore.class);
    private final BlobStoreConfig config;
    private final FillCheck check;
    private final CacheSpace space;
    private final CacheDirectory directory;
    private final Map<Digest, Entry> entries;
    private final FetchBuffers buffers = new FetchBuffers();
    private final Set<Segment> dirty = ConcurrentHashMap.newKeySet();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder bytesFetched = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final AtomicLong guesses = new AtomicLong();
    private volatile long noCachingBefore = System.nanoTime();

    /** Held in its read mode by who writes the cache, so that closing can wait for them. */
    private final ReadWriteLock writing = new ReentrantReadWriteLock();

    private final CountDownLatch closing = new CountDownLatch(1);

    /**
     * Opens the cache, with what earlier runs left in it.
     *
     * @param check looks at everything that is fetched
     * @throws IOException if the directory cannot be used, or another process uses it
     */
    public BlobStore(BlobStoreConfig config, FillCheck check) throws IOException {
        this(config, check, Evictions.UNNOTICED);
    }

    /**
     * Opens the cache, see {@link #BlobStore(BlobStoreConfig, FillCheck)}.
     *
     * @param evictions told of what makes room
     */
    public BlobStore(BlobStoreConfig config, FillCheck check, Evictions evictions) throws IOException {
        this.config = config;
        this.check = check;
        this.space = new CacheSpace(config.sizeLimit(), evictions);
        this.directory = CacheDirectory.open(config.directory(), config.granule());
        try {
            this.entries = directory.load();
        } catch (IOException e) {
            directory.close();
            throw e;
        }
        entries.values().forEach(entry -> entry.segments().forEach(segment -> space.add(segment, entry)));
        space.trim();
        Thread.ofPlatform().daemon().name("blob-store-flush").start(this::flushUntilClosed);
    }

    /** Opens a blob of a registry; see {@link #open(Digest, long, BlobSource, BlobEvents)}. */
    public CachedBlob open(Digest digest, long size, RemoteBlob remote) throws IOException {
        return open(digest, size, BlobSource.of(remote));
    }

    /** Opens a blob that nobody watches; see {@link #open(Digest, long, BlobSource, BlobEvents)}. */
    public CachedBlob open(Digest digest, long size, BlobSource source) throws IOException {
        return open(digest, size, source, BlobEvents.NONE);
    }

    /**
     * Opens a blob that is read once: nothing is kept of it that is not kept already. See {@link #open(Digest, long,
     * BlobSource, BlobEvents)}.
     */
    public BlobReader openOnce(Digest digest, long size, BlobSource source, BlobEvents events) throws IOException {
        return new PassingBlob(this, use(digest, size, source), source, config.readTimeout(), events);
    }

    /**
     * Opens a blob. Nothing is fetched; the source is asked for the size only if nobody knows it.
     *
     * @param size length in bytes, or {@link #UNKNOWN_SIZE}
     * @param source where this reader gets what is not cached
     * @param events told what it gets
     * @throws IOException if the size cannot be had, or is not the one under which the blob is open already
     */
    public CachedBlob open(Digest digest, long size, BlobSource source, BlobEvents events) throws IOException {
        return new CachedBlob(this, use(digest, size, source), source, config.readTimeout(), events);
    }

    private Entry use(Digest digest, long size, BlobSource source) throws IOException {
        long known = size == UNKNOWN_SIZE ? recordedSize(digest) : size;
        long length = known == UNKNOWN_SIZE ? source.size() : known;
        if (length < 0 || length > Entry.maxSize(config.granule())) {
            throw new IOException(source.name() + " is said to have " + length + " bytes");
        }
        synchronized (entries) {
            Entry entry = entries.get(digest);
            if (entry != null && entry.size() != length) {
                if (entry.inUse()) {
                    throw new IOException(source.name() + ": opened with a size of " + length
                            + " bytes, but it is open with " + entry.size());
                }
                log.warn("{} was cached with a size of {} bytes; it has {} now", digest, entry.size(), length);
                entry.segments().forEach(space::evict);
                entry = null;
            }
            if (entry == null) {
                entry = new Entry(directory.of(digest), digest, length, config.granule());
                entries.put(digest, entry);
            }
            entry.addUser();
            return entry;
        }
    }

    @Override
    public CacheStats stats() {
        return new CacheStats(
                hits.sum(), misses.sum(), bytesFetched.sum(), failures.sum(), space.cached(), space.evictions());
    }

    @Override
    public List<CachedPart> list() {
        synchronized (entries) {
            return entries.values().stream()
                    .map(Entry::part)
                    .filter(part -> part.cached() > 0 || part.readers() > 0)
                    .sorted(Comparator.comparing(CachedPart::digest))
                    .toList();
        }
    }

    @Override
    public long collect() {
        long dropped = 0;
        synchronized (entries) {
            for (Entry entry : List.copyOf(entries.values())) {
                if (!entry.inUse()) {
                    dropped += entry.cached();
                    entry.segments().forEach(space::evict);
                    entries.remove(entry.digest());
                    remove(entry);
                }
            }
        }
        return dropped;
    }

    private void remove(Entry entry) {
        try {
            directory.remove(entry.digest());
        } catch (IOException e) {
            log.warn("cannot remove what is left of {} in the cache: {}", entry.digest(), e.toString());
        }
    }

    @Override
    public List<CheckedPart> verify() {
        List<Entry> all;
        synchronized (entries) {
            all = List.copyOf(entries.values());
        }
        return all.stream()
                .filter(entry -> entry.cached() > 0)
                .map(this::verify)
                .sorted(Comparator.comparing(CheckedPart::digest))
                .toList();
    }

    private CheckedPart verify(Entry entry) {
        long cached = entry.cached();
        String result = CheckedPart.INCOMPLETE;
        if (cached == entry.size()) {
            try {
                Digest found = entry.hash();
                result = found == null
                        ? CheckedPart.INCOMPLETE
                        : found.equals(entry.digest()) ? CheckedPart.INTACT : CheckedPart.DAMAGED;
            } catch (IOException e) {
                log.warn("{} in the cache cannot be read: {}", entry.digest(), e.toString());
                result = CheckedPart.DAMAGED;
            }
        }
        if (result.equals(CheckedPart.DAMAGED)) {
            log.warn("{} in the cache is damaged and is dropped", entry.digest());
            discard(entry, 0, entry.size());
        }
        return new CheckedPart(entry.digest().toString(), cached, result);
    }

    /** Makes everything cached so far survive a crash of the machine. Done by itself at short intervals. */
    public void flush() {
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

    /** Flushes and closes the cache. Blobs that are still open cannot be read any more. */
    @Override
    public void close() throws IOException {
        writing.writeLock().lock();
        try {
            closing.countDown();
        } finally {
            writing.writeLock().unlock();
        }
        flush();
        synchronized (entries) {
            for (Entry entry : entries.values()) {
                entry.close();
            }
        }
        buffers.close();
        directory.close();
    }

    private void flushUntilClosed() {
        try {
            while (!closing.await(config.flushInterval().toMillis(), TimeUnit.MILLISECONDS)) {
                flush();
                buffers.trim();
            }
        } catch (InterruptedException e) {
            log.error("the cache is not flushed any more: its thread was interrupted", e);
        }
    }

    private boolean isClosed() {
        return closing.getCount() == 0;
    }

    private long recordedSize(Digest digest) {
        synchronized (entries) {
            Entry entry = entries.get(digest);
            return entry == null ? UNKNOWN_SIZE : entry.size();
        }
    }

    void countHit() {
        hits.increment();
    }

    void countMiss() {
        misses.increment();
    }

    /** Fills {@code dst} with cached bytes; false if they are not cached, or their file cannot be read. */
    boolean readCached(Entry entry, long number, int offset, ByteBuffer dst) throws IOException {
        if (isClosed()) {
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

    /** Takes memory for a fetch that nobody waits for yet; false if there is none left for such. */
    boolean takeForGuess(long bytes) {
        long now = guesses.get();
        while (now + bytes <= MOST_GUESSES) {
            if (guesses.compareAndSet(now, now + bytes)) {
                return true;
            }
            now = guesses.get();
        }
        return false;
    }

    void giveBack(long bytes) {
        guesses.addAndGet(-bytes);
    }

    /**
     * Runs a fetch in a thread of its own, so that its readers can stop waiting for it.
     *
     * @param window where its bytes are counted as on their way
     * @param permission given when it succeeds
     */
    void fetch(Entry entry, Flight flight, FetchWindow window, Permission permission) {
        Thread.ofVirtual().name("blob-fetch").start(() -> runFetch(entry, flight, window, permission));
    }

    /**
     * Runs a fetch that nobody waits for yet; memory was {@linkplain #takeForGuess taken} for it.
     *
     * @param afterwards run when the memory is given back
     */
    void fetchGuess(Entry entry, Flight flight, FetchWindow window, Permission permission, Runnable afterwards) {
        Thread.ofVirtual().name("blob-fetch").start(() -> {
            try {
                runFetch(entry, flight, window, permission);
            } finally {
                giveBack(entry.length(flight));
            }
            afterwards.run();
        });
    }

    private void runFetch(Entry entry, Flight flight, FetchWindow window, Permission permission) {
        boolean counted = false;
        long offset = flight.first() * entry.granule();
        try {
            long start = System.nanoTime();
            ByteBuffer bytes = fetchBytes(entry, flight);
            long end = System.nanoTime();
            window.succeeded(bytes.remaining(), start, end);
            counted = true;
            flight.events().fetched(flight.source().name(), offset, bytes.remaining(), end - start);
            permission.give();
            flight.arrived();
            keep(entry, flight, bytes);
        } catch (IOException e) {
            failures.increment();
            flight.events().failed(flight.source().name(), offset, e);
            flight.fail(e);
        } catch (RuntimeException | Error e) {
            failures.increment();
            log.error(
                    "a fetch from {} failed by an error of this program",
                    flight.source().name(),
                    e);
            flight.fail(new IOException(flight.source().name() + ": " + e, e));
        } finally {
            entry.leave(flight);
            flight.release();
            if (!counted) {
                window.failed(entry.length(flight));
            }
        }
    }

    private ByteBuffer fetchBytes(Entry entry, Flight flight) throws IOException {
        ByteBuffer bytes = flight.bytesIn(buffers.take(flight.count() * entry.granule()), entry.length(flight));
        pass(flight.source(), entry, flight.first() * entry.granule(), bytes);
        return bytes.flip();
    }

    /** Fills {@code dst} from a source and checks what came. */
    void pass(BlobSource source, Entry entry, long offset, ByteBuffer dst) throws IOException {
        int start = dst.position();
        int length = dst.remaining();
        source.read(offset, dst);
        if (dst.hasRemaining()) {
            throw new IOException(
                    source.name() + ": " + dst.remaining() + " of " + length + " bytes are missing at " + offset);
        }
        bytesFetched.add(length);
        check.check(entry.digest(), offset, dst.slice(start, length).asReadOnlyBuffer());
    }

    /** Records that a source has given out a blob. A store that is closed writes nothing any more. */
    void grant(Entry entry, BlobSource source) {
        writing.readLock().lock();
        try {
            if (!isClosed()) {
                entry.grants().add(source.name());
            }
        } finally {
            writing.readLock().unlock();
        }
    }

    /** Caches what was fetched, as far as there is room. */
    private void keep(Entry entry, Flight flight, ByteBuffer bytes) {
        writing.readLock().lock();
        try {
            if (isClosed() || System.nanoTime() - noCachingBefore < 0) {
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
        } finally {
            writing.readLock().unlock();
        }
    }

    private void keep(Entry entry, Flight flight, long number, ByteBuffer granule) throws IOException {
        Segment segment = entry.makeSegmentOf(number);
        space.add(segment, entry);
        int length = granule.remaining();
        if (!space.reserve(length, segment)) {
            return;
        }
        boolean kept = false;
        try {
            kept = segment.write(Entry.numberInSegment(number), granule);
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

    /** Drops the granules that hold any of these bytes. */
    boolean discard(Entry entry, long offset, long length) {
        if (isClosed()) {
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

    void release(Entry entry) throws IOException {
        synchronized (entries) {
            if (entry.removeUser() && !isClosed()) {
                entry.close();
            }
        }
    }
}
