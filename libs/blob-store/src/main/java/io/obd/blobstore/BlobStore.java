package io.obd.blobstore;

import io.obd.block.BlobReader;
import io.obd.registry.Digest;
import io.obd.registry.RemoteBlob;
import java.io.Closeable;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

    private final Logger log = LoggerFactory.getLogger(BlobStore.class);
    private final BlobStoreConfig config;
    private final GranuleCache cache;
    private final Fetcher fetcher;
    private final CacheDirectory directory;
    private final Map<Digest, Entry> entries;
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
        this.cache = new GranuleCache(config, evictions);
        this.fetcher = new Fetcher(check, cache);
        this.directory = CacheDirectory.open(config.directory(), config.granule());
        try {
            this.entries = directory.load();
        } catch (IOException | RuntimeException e) {
            try (directory) {
                throw e;
            }
        }
        cache.adopt(entries.values());
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
        return new PassingBlob(this, cache, fetcher, use(digest, size, source), source, config.readTimeout(), events);
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
        return new CachedBlob(this, cache, fetcher, use(digest, size, source), source, config.readTimeout(), events);
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
                cache.retire(entry);
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
                cache.hits(),
                cache.misses(),
                fetcher.bytesFetched(),
                fetcher.failures(),
                cache.cached(),
                cache.evictions());
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
                    cache.retire(entry);
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
            cache.discard(entry, 0, entry.size());
        }
        return new CheckedPart(entry.digest().toString(), cached, result);
    }

    /** Makes everything cached so far survive a crash of the machine. Done by itself at short intervals. */
    public void flush() {
        cache.flush();
    }

    /** Flushes and closes the cache. Blobs that are still open cannot be read any more. */
    @Override
    public void close() throws IOException {
        closing.countDown();
        cache.close();
        synchronized (entries) {
            entries.values().forEach(cache::closeFiles);
        }
        fetcher.close();
        directory.close();
    }

    private void flushUntilClosed() {
        try {
            while (!closing.await(config.flushInterval().toMillis(), TimeUnit.MILLISECONDS)) {
                flush();
                fetcher.trim();
            }
        } catch (InterruptedException e) {
            log.error("the cache is not flushed any more: its thread was interrupted", e);
        }
    }

    private long recordedSize(Digest digest) {
        synchronized (entries) {
            Entry entry = entries.get(digest);
            return entry == null ? UNKNOWN_SIZE : entry.size();
        }
    }

    void release(Entry entry) {
        synchronized (entries) {
            if (entry.removeUser() && !cache.isClosed()) {
                cache.closeFiles(entry);
            }
        }
    }
}
