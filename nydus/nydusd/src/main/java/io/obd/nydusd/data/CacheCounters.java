package io.obd.nydusd.data;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What a cache has done. */
public final class CacheCounters {
    /** Reads of parts of chunks. */
    public final LongAdder total = new LongAdder();

    /** Reads that the cache could answer. */
    public final LongAdder wholeHits = new LongAdder();

    /** Chunks that are in the cache and were put there by this process. */
    public final LongAdder entries = new LongAdder();

    /** Stored bytes that were fetched before anybody asked for them. */
    public final LongAdder prefetchedBytes = new LongAdder();

    /** Fetches that nobody waited for. */
    public final LongAdder prefetchRequests = new LongAdder();

    /** What those took together, in milliseconds. */
    public final LongAdder prefetchMillis = new LongAdder();

    /** Threads that prefetch. */
    public final AtomicInteger prefetchWorkers = new AtomicInteger();

    /** When prefetching began, in milliseconds since 1970; 0 if it did not. */
    public final AtomicLong prefetchBegan = new AtomicLong();

    /** When it ended; 0 if it did not. */
    public final AtomicLong prefetchEnded = new AtomicLong();
}
