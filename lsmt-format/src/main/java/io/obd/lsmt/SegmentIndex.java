package io.obd.lsmt;

/**
 * The immutable index of an image: entries in ascending order that do not overlap.
 *
 * <p>Implementation: the disk is cut into equal regions, about one for {@value #ENTRIES_OF_REGION} entries, and each
 * region into equal buckets, about as many as it has entries, so that a bucket has one or two even where they lie in
 * clusters. For the start of each bucket there is the entry that a search would find there. A lookup is one load for the
 * region, one for the bucket, and a comparison without a branch with each of the first two entries; what there may be
 * after them is searched by halves. Only the ends of the entries are looked at, eight to a cache line.
 */
final class SegmentIndex {
    /** Most entries of a merged index. */
    static final int MAX_SIZE = 128_000_000;

    private static final int ENTRIES_OF_REGION = 64;
    private static final int ENTRIES_OF_BUCKET = 2;
    private static final int SHIFT_BITS = 6;

    private final SegmentList entries;
    private final int size;

    /** Where each entry ends; one more is beyond every sector. */
    private final long[] ends;

    private final int regionShift;
    private final long offsetMask;

    /** For each region the number of its first bucket, and in the lowest bits the shift from an offset in it to a bucket. */
    private final long[] regions;

    private final int[] firstOfBucket;

    /** @param entries in ascending order, without overlap; not changed any more */
    SegmentIndex(SegmentList entries) {
        this.entries = entries;
        this.size = entries.size();
        this.ends = new long[size + 2];
        for (int i = 0; i < size; i++) {
            ends[i] = SegmentLayout.end(entries.range(i));
        }
        ends[size] = Long.MAX_VALUE;
        ends[size + 1] = Long.MAX_VALUE;
        long span = size == 0 ? 0 : ends[size - 1];
        this.regionShift = bits(span) - Math.min(bits(span), bits(size / ENTRIES_OF_REGION));
        this.offsetMask = (1L << regionShift) - 1;
        this.regions = new long[(int) (span >>> regionShift) + 1];
        this.firstOfBucket = new int[layOutBuckets() + 1];
        fillBuckets();
    }

    private static int bits(long value) {
        return Long.SIZE - Long.numberOfLeadingZeros(value);
    }

    /** Returns the number of buckets. */
    private int layOutBuckets() {
        int buckets = 0;
        int entry = 0;
        for (int region = 0; region < regions.length; region++) {
            int next = firstAfter(((long) region << regionShift) + offsetMask, entry);
            int bucketBits = Math.min(regionShift, bits((next - entry) / ENTRIES_OF_BUCKET));
            regions[region] = (long) buckets << SHIFT_BITS | (regionShift - bucketBits);
            buckets += 1 << bucketBits;
            entry = next;
        }
        return buckets;
    }

    private void fillBuckets() {
        int bucket = 0;
        int entry = 0;
        for (int region = 0; region < regions.length; region++) {
            long start = (long) region << regionShift;
            long end = start + offsetMask;
            long step = 1L << regions[region];
            for (long sector = start; sector <= end; sector += step) {
                entry = firstAfter(sector, entry);
                firstOfBucket[bucket++] = entry;
            }
        }
        firstOfBucket[bucket] = size;
    }

    private int firstAfter(long sector, int from) {
        int entry = from;
        while (ends[entry] <= sector) {
            entry++;
        }
        return entry;
    }

    int size() {
        return size;
    }

    long range(int i) {
        return entries.range(i);
    }

    long mapping(int i) {
        return entries.mapping(i);
    }

    /** The entry that covers {@code sector}, otherwise the next one after it, {@link #size()} if there is none. */
    int find(long sector) {
        long region = sector >>> regionShift;
        if (region >= regions.length) {
            return size;
        }
        long buckets = regions[(int) region];
        int bucket = (int) (buckets >>> SHIFT_BITS) + (int) ((sector & offsetMask) >>> buckets);
        int entry = firstOfBucket[bucket];
        int behind = isBehind(entry, sector) + isBehind(entry + 1, sector);
        return behind < 2 ? entry + behind : search(entry + 2, firstOfBucket[bucket + 1], sector);
    }

    /** One if an entry ends at a sector or before it, zero otherwise. */
    private int isBehind(int entry, long sector) {
        return (int) ((ends[entry] - sector - 1) >>> (Long.SIZE - 1));
    }

    /** The first entry that ends after a sector, one of {@code from} to {@code to} with both included. */
    private int search(int from, int to, long sector) {
        int base = from;
        int count = to - from;
        while (count > 0) {
            int half = (count + 1) >>> 1;
            base += ends[base + half - 1] <= sector ? half : 0;
            count -= half;
        }
        return base;
    }
}
