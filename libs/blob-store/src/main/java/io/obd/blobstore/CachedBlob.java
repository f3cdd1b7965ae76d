package io.obd.blobstore;

import io.obd.block.BlobReader;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A blob that is read from the cache, and into it from its source. */
public final class CachedBlob implements BlobReader {
    /** Bytes of one request at most. Longer ones gain nothing: several are under way. */
    private static final int LONGEST_FETCH = 1 << 20;

    /** How many times as much as was read straight on is asked for ahead: with a fast source, and one that is far. */
    private static final int AHEAD = 1;

    private static final int FAR_AHEAD = 4;

    /** How long to wait for a fetch from a source that is not the reader's own. */
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private final BlobStore store;
    private final GranuleCache cache;
    private final Fetcher fetcher;
    private final Entry entry;
    private final BlobSource source;
    private final BlobEvents events;
    private final String name;
    private final Permission permission;
    private final FetchWindow window = new FetchWindow();
    private final Neighbourhood neighbourhood = new Neighbourhood();
    private final Streams streams;
    private final Streams.Prefetch prefetch;
    private final AtomicReference<@Nullable Gap> gap = new AtomicReference<>();
    private final int longestFetch;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Duration readTimeout;

    /** Granules around a jump that were not fetched along, for want of room. */
    private record Gap(long first, long last) {}

    CachedBlob(
            BlobStore store,
            GranuleCache cache,
            Fetcher fetcher,
            Entry entry,
            BlobSource source,
            Duration readTimeout,
            BlobEvents events) {
        this.store = store;
        this.cache = cache;
        this.fetcher = fetcher;
        this.entry = entry;
        this.source = source;
        this.events = events;
        this.name = source.name();
        this.permission = new Permission(cache, entry, source);
        this.streams = new Streams(entry.granule(), LONGEST_FETCH);
        int granule = entry.granule();
        this.prefetch = (from, to) -> guess(from / granule, (to - 1) / granule) * granule;
        this.longestFetch = Math.max(1, LONGEST_FETCH / entry.granule());
        this.readTimeout = readTimeout;
    }

    /** Changes how long a read waits for bytes that are not cached; the store's configuration says it at first. */
    public void setReadTimeout(Duration timeout) {
        readTimeout = timeout;
    }

    @Override
    public long size() {
        return entry.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        int length = dst.remaining();
        if (offset < 0 || offset > size() || length > size() - offset) {
            throw new TruncatedBlobException(name(), offset, length, size());
        }
        if (length == 0) {
            return;
        }
        long end = offset + length;
        if (cache.isWritable()) {
            fetchAhead(offset, end);
        }
        int granule = entry.granule();
        int limit = dst.limit();
        try {
            for (long at = offset; at < end; ) {
                long number = at / granule;
                int within = (int) (at - number * granule);
                int piece = (int) Math.min(granule - within, end - at);
                dst.limit(dst.position() + piece);
                long start = System.nanoTime();
                if (permission.isGiven() && cache.read(entry, number, within, dst)) {
                    cache.countHit();
                    events.hit(name, at, piece, System.nanoTime() - start);
                } else {
                    readThrough(number, within, dst);
                    events.missed(name, at, piece, System.nanoTime() - start);
                }
                at += piece;
            }
        } finally {
            dst.limit(limit);
        }
    }

    /** Begins to fetch what this read needs, and what the next ones may. */
    private void fetchAhead(long offset, long end) {
        int granule = entry.granule();
        long first = offset / granule;
        long last = (end - 1) / granule;
        boolean misses = first != last ? fetchAll(first, last) : !isComing(first) && permission.isGiven();
        boolean far = window.isFar();
        boolean straight = streams.note(offset, end, far ? FAR_AHEAD : AHEAD, window.limit(), prefetch);
        if (straight || !far) {
            return;
        }
        if (!misses) {
            neighbourhood.served();
            return;
        }
        long around = neighbourhood.around(window.limit()) / granule;
        if (around > 1) {
            fetchAll(first, last);
            long start = first / around * around;
            guess(first, start + around - 1);
            fill(new Gap(start, start + around - 1));
        }
    }

    private void fillGap() {
        Gap left = gap.get();
        if (left != null && cache.isWritable() && !closed.get() && gap.compareAndSet(left, null)) {
            fill(left);
        }
    }

    /** What there is no room for now is fetched when something else has come. */
    private void fill(Gap around) {
        long next = guess(around.first(), around.last());
        if (next <= around.last()) {
            gap.compareAndSet(null, new Gap(next, around.last()));
        }
    }

    private boolean isComing(long number) {
        return entry.has(number) || entry.isUnderWay(number);
    }

    @Override
    public boolean willNeed(long offset, long length) {
        if (offset < 0 || length <= 0 || length > size() - offset) {
            return false;
        }
        if (!cache.isWritable()) {
            return true; // it would be fetched in vain
        }
        long last = (offset + length - 1) / entry.granule();
        return guess(offset / entry.granule(), last) > last;
    }

    @Override
    public boolean isLocal(long offset, long length) {
        if (offset < 0 || length <= 0 || length > size() - offset || !permission.isGiven()) {
            return false;
        }
        long last = (offset + length - 1) / entry.granule();
        for (long number = offset / entry.granule(); number <= last; number++) {
            if (!entry.has(number)) {
                return false;
            }
        }
        return true;
    }

    /** Begins to fetch the granules that are missing; returns whether there were any. */
    private boolean fetchAll(long first, long last) {
        boolean missing = false;
        for (long number = first; number <= last; ) {
            if (entry.has(number)) {
                number++;
                continue;
            }
            missing = true;
            Flight mine = new Flight(source, events, number);
            boolean run = mine.equals(entry.join(mine, Math.min(number + longestFetch - 1, last)));
            if (run) {
                window.take(entry.length(mine));
                fetcher.fetch(entry, mine, window, permission);
            }
            number += run ? mine.count() : 1;
        }
        return missing;
    }

    /** Begins to fetch the granules that are missing as far as there is room; returns the first it did not come to. */
    private long guess(long first, long last) {
        long end = Math.min(last, (size() - 1) / entry.granule()) + 1;
        long number = Math.min(first, end);
        while (number < end) {
            if (isComing(number)) {
                number++;
                continue;
            }
            long wanted = Math.min(longestFetch, end - number);
            long room = wanted * entry.granule();
            if (!window.takeForGuess(room)) {
                return number;
            }
            if (!fetcher.takeForGuess(room)) {
                window.giveBack(room);
                return number;
            }
            Flight mine = new Flight(source, events, number);
            boolean run = mine.equals(entry.join(mine, number + wanted - 1));
            long used = run ? entry.length(mine) : 0;
            window.giveBack(room - used);
            fetcher.giveBack(room - used);
            if (run) {
                fetcher.fetchGuess(entry, mine, window, permission, this::fillGap);
            }
            number += run ? mine.count() : 1;
        }
        return number;
    }

    private void readThrough(long number, int within, ByteBuffer dst) throws IOException {
        cache.countMiss();
        try {
            await(number, within, dst);
        } catch (IOException e) {
            events.refused(name, number * entry.granule() + within, e);
            throw e;
        }
    }

    /** Waits for a granule, again and again until the time is over, and fills {@code dst} from it. */
    private void await(long number, int within, ByteBuffer dst) throws IOException {
        Patience patience = new Patience(readTimeout);
        IOException failure = null;
        while (true) {
            if (patience.left() <= 0) {
                throw unavailable(number, failure);
            }
            Flight mine = new Flight(source, events, number);
            Flight flight = entry.join(mine, number);
            if (flight == null) {
                permission.require(patience);
                if (cache.read(entry, number, within, dst)) {
                    return;
                }
                continue;
            }
            if (!flight.acquire()) {
                continue;
            }
            try {
                boolean own = flight.source().name().equals(name);
                if (flight.equals(mine)) {
                    run(mine);
                } else if (!own) {
                    permission.require(patience);
                }
                boolean ended = flight.await(own ? patience.left() : Math.min(patience.left(), PATIENCE_NANOS));
                if (!ended && !own) {
                    // The other source may be silent for long. What this brings is taken in beside it.
                    flight.release();
                    flight = mine;
                    flight.acquire();
                    run(mine);
                    ended = flight.await(patience.left());
                }
                if (!ended) {
                    throw unavailable(number, failure);
                }
                failure = flight.failure();
                if (failure == null) {
                    int from = (int) ((number - flight.first()) * entry.granule()) + within;
                    dst.put(dst.position(), flight.bytes(), from, dst.remaining());
                    dst.position(dst.limit());
                    return;
                }
            } finally {
                flight.release();
            }
            if (!flight.source().equals(source)) {
                // Somebody else's source failed; ours may be better.
                continue;
            }
            patience.pauseAfter(failure);
        }
    }

    private void run(Flight mine) {
        window.take(entry.length(mine));
        fetcher.fetch(entry, mine, window, permission);
    }

    private BlobUnavailableException unavailable(long number, @Nullable IOException last) {
        return new BlobUnavailableException(
                name(),
                number * entry.granule(),
                "not cached, and could not be fetched within " + readTimeout.toMillis() / 1000.0 + " s",
                last);
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
        boolean wasCached = cache.discard(entry, offset, length);
        return source.distrust() || wasCached;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            store.release(entry);
        }
    }
}
