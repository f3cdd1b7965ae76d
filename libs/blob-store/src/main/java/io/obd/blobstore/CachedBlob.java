package io.obd.blobstore;

import io.obd.block.BlobReader;
import io.obd.block.TruncatedBlobException;
import io.obd.registry.RegistryException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A blob that is read from the cache, and into it from its source. */
public final class CachedBlob implements BlobReader {
    private static final int MAX_FETCH = 4 * 1024 * 1024;
    private static final int LONGEST_READ_AHEAD = 1024 * 1024;
    private static final long FIRST_DELAY_NANOS = 100_000_000L;
    private static final long LONGEST_DELAY_NANOS = 1_000_000_000L;

    private final BlobStore store;
    private final Entry entry;
    private final BlobSource source;
    private final ReadAhead readAhead;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Duration readTimeout;

    CachedBlob(BlobStore store, Entry entry, BlobSource source, Duration readTimeout) {
        this.store = store;
        this.entry = entry;
        this.source = source;
        this.readAhead = new ReadAhead(LONGEST_READ_AHEAD / entry.granule());
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
        int granule = entry.granule();
        int limit = dst.limit();
        long end = offset + length;
        try {
            for (long at = offset; at < end; ) {
                long number = at / granule;
                int within = (int) (at - number * granule);
                int piece = (int) Math.min(granule - within, end - at);
                dst.limit(dst.position() + piece);
                if (store.readCached(entry, number, within, dst)) {
                    store.countHit();
                } else {
                    readThrough(number, (end - 1) / granule, within, dst);
                }
                at += piece;
            }
        } finally {
            dst.limit(limit);
        }
    }

    /**
     * Waits for a granule, again and again until the time is over, and fills {@code dst} from it.
     *
     * @param last the last granule that this read wants
     */
    private void readThrough(long number, long last, int within, ByteBuffer dst) throws IOException {
        store.countMiss();
        long deadline = System.nanoTime() + readTimeout.toNanos();
        long delay = FIRST_DELAY_NANOS;
        IOException failure = null;
        while (true) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw unavailable(number, failure);
            }
            Flight mine = new Flight(source, number);
            Flight flight = entry.join(mine, lastToFetch(number, last));
            if (flight == null) {
                if (store.readCached(entry, number, within, dst)) {
                    return;
                }
                continue;
            }
            if (flight.equals(mine)) {
                readAhead.fetching(mine);
                store.fetch(entry, mine);
            }
            if (!flight.await(left)) {
                throw unavailable(number, failure);
            }
            failure = flight.failure();
            if (failure == null) {
                int from = (int) ((number - flight.first()) * entry.granule()) + within;
                dst.put(dst.position(), flight.bytes(), from, dst.remaining());
                dst.position(dst.limit());
                return;
            }
            if (!flight.source().equals(source)) {
                // Somebody else's source failed; ours may be better.
                continue;
            }
            if (!mayPass(failure)) {
                throw failure;
            }
            pause(Math.min(delay, deadline - System.nanoTime()));
            delay = Math.min(2 * delay, LONGEST_DELAY_NANOS);
        }
    }

    /** What this read wants, or what the next ones will if they go on as they did; as much as the blob has. */
    private long lastToFetch(long number, long last) {
        long wanted = Math.min(last, number + MAX_FETCH / entry.granule());
        return Math.min(Math.max(wanted, number + readAhead.after(number)), (size() - 1) / entry.granule());
    }

    private BlobUnavailableException unavailable(long number, @Nullable IOException last) {
        return new BlobUnavailableException(
                name(),
                number * entry.granule(),
                "not cached, and could not be fetched within " + readTimeout.toMillis() / 1000.0 + " s",
                last);
    }

    private static boolean mayPass(IOException failure) {
        return failure instanceof RegistryException registry && registry.isTransient();
    }

    private void pause(long nanos) throws IOException {
        try {
            Thread.sleep(Duration.ofNanos(Math.max(nanos, 0)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + name());
        }
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
        return store.discard(entry, offset, length);
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            store.release(entry);
        }
    }
}
