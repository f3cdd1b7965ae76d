package io.obd.blobstore;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The space that the cache may take, and who has it. Segments that were not used for the longest time make room. */
final class CacheSpace {
    private final Logger log = LoggerFactory.getLogger(CacheSpace.class);
    private final long limit;
    private final Evictions listener;
    private final AtomicLong used = new AtomicLong();
    private final LongAdder evictions = new LongAdder();
    private final ConcurrentHashMap<Segment, Entry> owners = new ConcurrentHashMap<>();
    private final ReentrantLock evicting = new ReentrantLock();

    CacheSpace(long limit, Evictions listener) {
        this.limit = limit;
        this.listener = listener;
    }

    /** Bytes that can be read from the segments. */
    long cached() {
        return owners.keySet().stream().mapToLong(Segment::length).sum();
    }

    long evictions() {
        return evictions.sum();
    }

    /** Counts a segment and what it holds. */
    void add(Segment segment, Entry owner) {
        if (owners.putIfAbsent(segment, owner) == null) {
            used.addAndGet(segment.length());
        }
    }

    /**
     * Takes space, making room if need be. Every segment is looked at once at most.
     *
     * @param keep the segment the space is for
     * @return false if there is no room
     */
    boolean reserve(long bytes, Segment keep) {
        if (take(bytes)) {
            return true;
        }
        evicting.lock();
        try {
            for (Segment victim : oldestFirst()) {
                if (take(bytes)) {
                    return true;
                }
                if (!victim.equals(keep)) {
                    makeRoom(victim);
                }
            }
        } finally {
            evicting.unlock();
        }
        return take(bytes);
    }

    private boolean take(long bytes) {
        long now = used.get();
        while (now + bytes <= limit) {
            if (used.compareAndSet(now, now + bytes)) {
                return true;
            }
            now = used.get();
        }
        return false;
    }

    void release(long bytes) {
        used.addAndGet(-bytes);
    }

    /** Removes a segment, for room or because its file cannot be relied on. */
    void evict(Segment segment) {
        Entry owner = owners.remove(segment);
        if (owner == null) {
            return;
        }
        try {
            used.addAndGet(-segment.retire());
            evictions.increment();
        } catch (IOException e) {
            log.warn("cannot remove a file of the cache: {}", e.toString());
        }
        owner.forget(segment);
    }

    /** Gives back what segments take whose files somebody has removed: as long as they are open the disk has it. */
    void evictRemoved() {
        owners.keySet().stream().filter(Segment::isRemoved).forEach(this::evict);
    }

    private void makeRoom(Segment victim) {
        Entry owner = owners.get(victim);
        long bytes = victim.length();
        evict(victim);
        if (owner != null) {
            listener.evicted(owner.digest(), bytes);
        }
    }

    /** Evicts what an earlier run with a larger limit left. */
    void trim() {
        for (Segment victim : oldestFirst()) {
            if (used.get() <= limit) {
                return;
            }
            makeRoom(victim);
        }
    }

    private List<Segment> oldestFirst() {
        record Aged(Segment segment, long lastUse) {}
        return owners.keySet().stream()
                .map(segment -> new Aged(segment, segment.lastUse()))
                .sorted(Comparator.comparingLong(Aged::lastUse))
                .map(Aged::segment)
                .toList();
    }
}
