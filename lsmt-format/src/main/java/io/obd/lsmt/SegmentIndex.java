package io.obd.lsmt;

/**
 * The immutable index of an image: entries in ascending order that do not overlap.
 *
 * <p>Implementation: the disk is cut into equal buckets, about two for each entry, and for the start of each bucket there
 * is the entry that a search would find there. A lookup is one load from that table and a binary search without branches
 * among the entries of one bucket: where entries are spread evenly that is none or one, and it is never worse than a
 * search among all of them. Only the ends of the entries are searched, eight to a cache line.
 */
final class SegmentIndex {
    /** Most entries of a merged index. */
    static final int MAX_SIZE = 128_000_000;

    private final SegmentList entries;
    private final long[] ends;
    private final int[] firstOfBucket;
    private final int bucketShift;

    /** @param entries in ascending order, without overlap; not changed any more */
    SegmentIndex(SegmentList entries) {
        this.entries = entries;
        this.ends = new long[entries.size()];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = SegmentLayout.end(entries.range(i));
        }
        long span = ends.length == 0 ? 0 : ends[ends.length - 1];
        int bucketBits = Integer.SIZE - Integer.numberOfLeadingZeros(ends.length);
        this.bucketShift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(span) - bucketBits);
        this.firstOfBucket = new int[(int) (span >>> bucketShift) + 2];
        int entry = 0;
        for (int bucket = 0; bucket < firstOfBucket.length; bucket++) {
            while (entry < ends.length && ends[entry] <= (long) bucket << bucketShift) {
                entry++;
            }
            firstOfBucket[bucket] = entry;
        }
    }

    int size() {
        return ends.length;
    }

    long range(int i) {
        return entries.range(i);
    }

    long mapping(int i) {
        return entries.mapping(i);
    }

    /** The entry that covers {@code sector}, otherwise the next one after it, {@link #size()} if there is none. */
    int find(long sector) {
        long bucket = sector >>> bucketShift;
        if (bucket >= firstOfBucket.length - 1) {
            return ends.length;
        }
        int base = firstOfBucket[(int) bucket];
        int count = firstOfBucket[(int) bucket + 1] - base;
        while (count > 0) {
            int half = (count + 1) >>> 1;
            base += ends[base + half - 1] <= sector ? half : 0;
            count -= half;
        }
        return base;
    }
}
