package io.obd.blobstore;

import io.obd.block.BlobReader;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** A blob that is read once, by somebody who keeps it: from the cache as far as that has it, and past it otherwise. */
final class PassingBlob implements BlobReader {
    private final BlobStore store;
    private final GranuleCache cache;
    private final Fetcher fetcher;
    private final Entry entry;
    private final BlobSource source;
    private final Duration readTimeout;
    private final BlobEvents events;
    private final Permission permission;
    private final AtomicBoolean closed = new AtomicBoolean();

    PassingBlob(
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
        this.readTimeout = readTimeout;
        this.events = events;
        this.permission = new Permission(cache, entry, source);
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
                boolean cached = entry.has(at / granule);
                long stop = at;
                while (stop < end && entry.has(stop / granule) == cached) {
                    stop = Math.min(end, (stop / granule + 1) * granule);
                    if (cached) {
                        break;
                    }
                }
                dst.limit(dst.position() + (int) (stop - at));
                if (cached) {
                    permission.require(new Patience(readTimeout));
                }
                long start = System.nanoTime();
                if (cached && cache.read(entry, at / granule, (int) (at % granule), dst)) {
                    events.hit(name(), at, (int) (stop - at), System.nanoTime() - start);
                } else {
                    pass(at, dst);
                }
                at = stop;
            }
        } finally {
            dst.limit(limit);
        }
    }

    private void pass(long at, ByteBuffer dst) throws IOException {
        int length = dst.remaining();
        long start = System.nanoTime();
        Patience patience = new Patience(readTimeout);
        int position = dst.position();
        while (true) {
            try {
                fetcher.pass(source, entry, at, dst.position(position));
                break;
            } catch (IOException e) {
                events.failed(name(), at, e);
                if (patience.left() <= 0) {
                    events.refused(name(), at, e);
                    throw e;
                }
                patience.pauseAfter(e);
            }
        }
        permission.give();
        long nanos = System.nanoTime() - start;
        events.fetched(name(), at, length, nanos);
        events.missed(name(), at, length, nanos);
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
        boolean wasCached = cache.discard(entry, offset, length);
        return source.distrust() || wasCached;
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
