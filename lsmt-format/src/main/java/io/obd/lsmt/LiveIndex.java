package io.obd.lsmt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.StampedLock;

/**
 * The index of a writable layer: many threads look up while one changes it. Nobody holds its lock while waiting for I/O;
 * whoever keeps data where the index said it is makes sure that an entry stays true when the lock is given up.
 */
final class LiveIndex {
    private final SegmentMap map = new SegmentMap();
    private final StampedLock lock = new StampedLock();

    /**
     * Reads from {@code sector} on as far as there is one answer.
     *
     * @param sources where data is, by the tag of the entry
     * @return the number of sectors that were appended to {@code dst}; or negative, the number of sectors that are not
     *     here, at most as many as {@code dst} has room for
     */
    int readRun(long sector, ByteBuffer dst, DataReader[] sources) throws IOException {
        int count = dst.remaining() / Sectors.SIZE;
        long range = SegmentLayout.PADDING;
        long mapping = 0;
        long stamp = lock.readLock();
        try {
            long slot = map.find(sector);
            if (slot >= 0) {
                range = map.range(slot);
                mapping = map.mapping(slot);
            }
        } finally {
            lock.unlockRead(stamp);
        }
        long offset = SegmentLayout.offset(range);
        if (offset > sector) {
            return (int) -Math.min(count, offset - sector);
        }
        count = (int) Math.min(count, SegmentLayout.end(range) - sector);
        if (SegmentLayout.isZeroed(mapping)) {
            Sectors.zero(dst, count);
        } else {
            long position = (SegmentLayout.moffset(mapping) + sector - offset) * Sectors.SIZE;
            Sectors.read(sources[SegmentLayout.tag(mapping)], position, dst, count);
        }
        return count;
    }

    /** Puts an entry in place of what it overlaps. */
    void insert(long range, long mapping) {
        long stamp = lock.writeLock();
        try {
            map.insert(range, mapping);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Puts entries, one after another, in place of what they overlap. */
    void insert(SegmentList entries) {
        long stamp = lock.writeLock();
        try {
            for (int i = 0; i < entries.size(); i++) {
                map.insert(entries.range(i), entries.mapping(i));
            }
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Removes the sectors {@code from} to {@code to}. */
    void remove(long from, long to) {
        long stamp = lock.writeLock();
        try {
            map.remove(from, to);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Number of sectors that are here from {@code sector} on in a row; negative, the number that are not. At most {@code limit}. */
    long run(long sector, long limit) {
        long stamp = lock.readLock();
        try {
            long at = sector;
            long end = sector + limit;
            long slot = map.find(at);
            if (slot < 0 || SegmentLayout.offset(map.range(slot)) > sector) {
                long next = slot < 0 ? end : SegmentLayout.offset(map.range(slot));
                return sector - Math.min(next, end);
            }
            while (at < end && slot >= 0 && SegmentLayout.offset(map.range(slot)) <= at) {
                at = SegmentLayout.end(map.range(slot));
                slot = map.find(at);
            }
            return Math.min(at, end) - sector;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    /** The first sector at or after {@code sector} that is here, {@link Long#MAX_VALUE} if there is none. */
    long next(long sector) {
        long stamp = lock.readLock();
        try {
            long slot = map.find(sector);
            return slot < 0 ? Long.MAX_VALUE : Math.max(sector, SegmentLayout.offset(map.range(slot)));
        } finally {
            lock.unlockRead(stamp);
        }
    }

    /** The entries of the sectors before {@code end}, in ascending order. */
    SegmentList before(long end) {
        long stamp = lock.readLock();
        try {
            return map.toList().before(end);
        } finally {
            lock.unlockRead(stamp);
        }
    }
}
