package io.obd.lsmt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

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
