package io.obd.lsmt;

import static io.obd.lsmt.SegmentLayout.end;
import static io.obd.lsmt.SegmentLayout.length;
import static io.obd.lsmt.SegmentLayout.offset;

import java.util.List;

/** An immutable index: entries in ascending order that do not overlap. */
final class SegmentIndex {
    /** Most entries of a merged index. */
    static final int MAX_SIZE = 128_000_000;

    private final SegmentList entries;
    private final long[] ends;

    /** @param entries in ascending order, without overlap; not changed any more */
    SegmentIndex(SegmentList entries) {
        this.entries = entries;
        this.ends = new long[entries.size()];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = end(entries.range(i));
        }
    }

    int size() {
        return ends.length;
    }

    /** The entries; not to be changed. */
    SegmentList entries() {
        return entries;
    }

    long range(int i) {
        return entries.range(i);
    }

    long mapping(int i) {
        return entries.mapping(i);
    }

    /** The entry that covers {@code sector}, otherwise the next one after it, {@link #size()} if there is none. */
    int find(long sector) {
        int base = 0;
        int count = ends.length;
        while (count > 0) {
            int half = count >>> 1;
            if (ends[base + half] <= sector) {
                base += half + 1;
                count -= half + 1;
            } else {
                count = half;
            }
        }
        return base;
    }

    /** The index of a stack of layers. The tag of an entry is the number of its layer, counted from the bottom. */
    static SegmentIndex merge(List<SegmentIndex> bottomToTop) {
        return bottomToTop.isEmpty() ? new SegmentIndex(new SegmentList()) : merge(bottomToTop, 0, bottomToTop.size());
    }

    private static SegmentIndex merge(List<SegmentIndex> layers, int from, int to) {
        if (to - from == 1) {
            return layers.get(from).tagged(from);
        }
        int middle = (from + to) >>> 1;
        return merge(layers, middle, to).over(merge(layers, from, middle));
    }

    private SegmentIndex tagged(int tag) {
        SegmentList tagged = new SegmentList(size());
        for (int i = 0; i < size(); i++) {
            tagged.add(range(i), SegmentLayout.withTag(mapping(i), tag));
        }
        return new SegmentIndex(tagged);
    }

    /** This index with the gaps between its entries filled from {@code lower}. */
    private SegmentIndex over(SegmentIndex lower) {
        SegmentList merged = new SegmentList(size() + lower.size());
        int below = 0;
        long position = 0;
        for (int i = 0; i < size(); i++) {
            below = lower.copy(below, position, offset(range(i)), merged);
            merged.add(range(i), mapping(i));
            position = end(range(i));
        }
        lower.copy(below, position, Long.MAX_VALUE, merged);
        return new SegmentIndex(merged);
    }

    /**
     * Copies what this index holds of the sectors {@code from} to {@code to}, starting to look at entry {@code i}.
     *
     * @return the first entry that reaches past {@code to}
     */
    private int copy(int i, long from, long to, SegmentList target) {
        int entry = i;
        while (entry < size() && offset(range(entry)) < to) {
            long range = range(entry);
            long start = Math.max(offset(range), from);
            long end = Math.min(end(range), to);
            if (start < end) {
                target.add(
                        SegmentLayout.range(start, end - start),
                        SegmentLayout.advance(mapping(entry), start - offset(range)));
            }
            if (end(range) > to) {
                break;
            }
            entry++;
        }
        return entry;
    }

    /** Sum of the lengths of all entries with data, in sectors. */
    long dataSectors() {
        long sectors = 0;
        for (int i = 0; i < size(); i++) {
            sectors += SegmentLayout.isZeroed(mapping(i)) ? 0 : length(range(i));
        }
        return sectors;
    }
}
