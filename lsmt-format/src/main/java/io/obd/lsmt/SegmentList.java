package io.obd.lsmt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Index entries in a row, growing at the end. */
final class SegmentList {
    private static final int INITIAL = 64;

    private long[] words;
    private int size;

    SegmentList() {
        this(INITIAL);
    }

    SegmentList(int capacity) {
        this.words = new long[2 * Math.max(capacity, 1)];
    }

    int size() {
        return size;
    }

    long range(int i) {
        return words[2 * i];
    }

    long mapping(int i) {
        return words[2 * i + 1];
    }

    void add(long range, long mapping) {
        if (2 * size == words.length) {
            words = Arrays.copyOf(words, Math.multiplyExact(words.length, 2));
        }
        words[2 * size] = range;
        words[2 * size + 1] = mapping;
        size++;
    }

    /**
     * Adds an entry as {@code overlaybd-commit} does: as part of the last one where both run on in the virtual disk and
     * in the data, and stay below the longest length together.
     */
    void addMerged(long range, long mapping) {
        if (size > 0) {
            long lastRange = range(size - 1);
            long lastMapping = mapping(size - 1);
            int length = SegmentLayout.length(lastRange) + SegmentLayout.length(range);
            if (SegmentLayout.end(lastRange) == SegmentLayout.offset(range)
                    && SegmentLayout.mappedEnd(lastRange, lastMapping) == SegmentLayout.moffset(mapping)
                    && SegmentLayout.isZeroed(lastMapping) == SegmentLayout.isZeroed(mapping)
                    && SegmentLayout.tag(lastMapping) == SegmentLayout.tag(mapping)
                    && length < SegmentLayout.MAX_LENGTH) {
                words[2 * (size - 1)] = SegmentLayout.range(SegmentLayout.offset(lastRange), length);
                return;
            }
        }
        add(range, mapping);
    }

    /** The entries of a stack of layers. The tag of an entry is the number of its layer, counted from the bottom. */
    static SegmentList merge(List<SegmentList> bottomToTop) {
        return bottomToTop.isEmpty() ? new SegmentList() : merge(bottomToTop, 0, bottomToTop.size());
    }

    private static SegmentList merge(List<SegmentList> layers, int from, int to) {
        if (to - from == 1) {
            return layers.get(from).tagged(from);
        }
        int middle = (from + to) >>> 1;
        return merge(layers, middle, to).over(merge(layers, from, middle));
    }

    /** These entries with the number of their layer. */
    SegmentList tagged(int tag) {
        SegmentList tagged = new SegmentList(size);
        for (int i = 0; i < size; i++) {
            tagged.add(range(i), SegmentLayout.withTag(mapping(i), tag));
        }
        return tagged;
    }

    /** These entries as of a source that has each sector where it is on the disk. */
    SegmentList byPlace() {
        SegmentList placed = new SegmentList(size);
        for (int i = 0; i < size; i++) {
            long offset = SegmentLayout.offset(range(i));
            boolean zeroed = SegmentLayout.isZeroed(mapping(i));
            placed.add(range(i), zeroed ? SegmentLayout.zeroed(offset) : SegmentLayout.data(offset));
        }
        return placed;
    }

    /** What these entries, which ascend and do not overlap, have of the sectors before {@code end}. */
    SegmentList before(long end) {
        if (size == 0 || SegmentLayout.end(range(size - 1)) <= end) {
            return this;
        }
        SegmentList kept = new SegmentList(size);
        copy(0, 0, end, kept);
        return kept;
    }

    /** These entries with the gaps between them filled from {@code lower}; both ascend and do not overlap. */
    SegmentList over(SegmentList lower) {
        SegmentList merged = new SegmentList(size + lower.size);
        int below = 0;
        long position = 0;
        for (int i = 0; i < size; i++) {
            below = lower.copy(below, position, SegmentLayout.offset(range(i)), merged);
            merged.add(range(i), mapping(i));
            position = SegmentLayout.end(range(i));
        }
        lower.copy(below, position, Long.MAX_VALUE, merged);
        return merged;
    }

    /**
     * Copies what is here of the sectors {@code from} to {@code to}, starting to look at entry {@code i}.
     *
     * @return the first entry that reaches past {@code to}
     */
    private int copy(int i, long from, long to, SegmentList target) {
        int entry = i;
        while (entry < size && SegmentLayout.offset(range(entry)) < to) {
            long offset = SegmentLayout.offset(range(entry));
            long end = SegmentLayout.end(range(entry));
            long start = Math.max(offset, from);
            long stop = Math.min(end, to);
            if (start < stop) {
                target.add(
                        SegmentLayout.range(start, stop - start),
                        SegmentLayout.advance(mapping(entry), start - offset));
            }
            if (end > to) {
                break;
            }
            entry++;
        }
        return entry;
    }

    /** Sum of the lengths of all entries with data. */
    long dataSectors() {
        long sectors = 0;
        for (int i = 0; i < size; i++) {
            sectors += SegmentLayout.isZeroed(mapping(i)) ? 0 : SegmentLayout.length(range(i));
        }
        return sectors;
    }

    /** Sum of the lengths of all entries without data. */
    long zeroedSectors() {
        long sectors = 0;
        for (int i = 0; i < size; i++) {
            sectors += SegmentLayout.isZeroed(mapping(i)) ? SegmentLayout.length(range(i)) : 0;
        }
        return sectors;
    }

    void clear() {
        size = 0;
    }

    /** Adds padding entries until their number is a multiple of {@code multiple}. */
    void pad(int multiple) {
        while (size % multiple != 0) {
            add(SegmentLayout.PADDING, 0);
        }
    }

    /** Entries {@code from} (inclusive) to {@code to} as they are on disk. */
    void encode(int from, int to, ByteBuffer dst) {
        ByteOrder order = dst.order();
        dst.order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 2 * from; i < 2 * to; i++) {
            dst.putLong(words[i]);
        }
        dst.order(order);
    }
}
