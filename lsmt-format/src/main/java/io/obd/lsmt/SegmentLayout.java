package io.obd.lsmt;

/**
 * One index entry: a run of sectors of the virtual disk and where they are in the data.
 *
 * <pre>
 *  range    63          50 49                                  0
 *          +--------------+-------------------------------------+
 *          |    length    |               offset                |   sectors of the virtual disk
 *          +--------------+-------------------------------------+
 *  mapping  63        56 55 54                                 0
 *          +------------+--+------------------------------------+
 *          |    tag     |Z |              moffset               |   sector in the data; Z: reads as zeros, no data
 *          +------------+--+------------------------------------+
 * </pre>
 *
 * On disk both words are little-endian. The tag is 0 in the files of ordinary layers; in memory it is the number of the
 * layer that holds the data.
 */
final class SegmentLayout {
    /** Bytes of one entry. */
    static final int SIZE = 16;

    /** Most sectors that one entry covers. */
    static final int MAX_LENGTH = (1 << 14) - 1;

    /** Largest sector that one entry can start at; as the offset of an entry it marks padding. */
    static final long MAX_OFFSET = (1L << 50) - 1;

    /** Range word of a padding entry; its mapping word is 0. */
    static final long PADDING = MAX_OFFSET;

    private static final int LENGTH_SHIFT = 50;
    private static final int TAG_SHIFT = 56;
    private static final long MOFFSET_MASK = (1L << 55) - 1;
    private static final long ZEROED = 1L << 55;
    private static final long TAG_MASK = 0xFFL << TAG_SHIFT;

    private SegmentLayout() {}

    static long range(long offset, long length) {
        return (length << LENGTH_SHIFT) | offset;
    }

    static long offset(long range) {
        return range & MAX_OFFSET;
    }

    static int length(long range) {
        return (int) (range >>> LENGTH_SHIFT);
    }

    static long end(long range) {
        return offset(range) + length(range);
    }

    static boolean isPadding(long range) {
        return offset(range) == MAX_OFFSET;
    }

    static long data(long moffset) {
        return moffset;
    }

    static long zeroed(long moffset) {
        return moffset | ZEROED;
    }

    static long moffset(long mapping) {
        return mapping & MOFFSET_MASK;
    }

    static boolean isZeroed(long mapping) {
        return (mapping & ZEROED) != 0;
    }

    static int tag(long mapping) {
        return (int) (mapping >>> TAG_SHIFT);
    }

    static long withTag(long mapping, int tag) {
        return (mapping & ~TAG_MASK) | ((long) tag << TAG_SHIFT);
    }

    /** Sector of the data after this entry's; an entry without data ends where it starts. */
    static long mappedEnd(long range, long mapping) {
        return moffset(mapping) + (isZeroed(mapping) ? 0 : length(range));
    }

    /** The mapping of an entry that loses {@code sectors} at its front. */
    static long advance(long mapping, long sectors) {
        return isZeroed(mapping) ? mapping : mapping + sectors;
    }
}
