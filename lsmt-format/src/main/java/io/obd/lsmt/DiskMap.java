package io.obd.lsmt;

/** Which layer has which part of the virtual disk that they make together, and where. Immutable. */
public final class DiskMap {
    private final SegmentIndex index;
    private final long size;

    /** Takes the runs of a range one after another, ascending and without gaps. */
    @FunctionalInterface
    public interface Visitor {

        /**
         * A run that one layer has, or none.
         *
         * @param offset first byte on the disk
         * @param length bytes
         * @param layer number of the layer, counted from the bottom; {@link #NONE} where the disk reads as zeros without
         *     any data
         * @param position first byte in the LSMT stream of that layer
         */
        void run(long offset, long length, int layer, long position);
    }

    /** Number of no layer. */
    public static final int NONE = -1;

    /**
     * @param index of all layers, tagged with their numbers
     * @param size bytes of the disk
     */
    DiskMap(SegmentIndex index, long size) {
        this.index = index;
        this.size = size;
    }

    /** Bytes that some layer has data for. */
    public long dataSize() {
        long sectors = 0;
        for (int i = 0; i < index.size(); i++) {
            sectors += SegmentLayout.isZeroed(index.mapping(i)) ? 0 : SegmentLayout.length(index.range(i));
        }
        return sectors * Sectors.SIZE;
    }

    /** Visits the whole disk. */
    public void visit(Visitor visitor) {
        visit(0, size, visitor);
    }

    /** Visits the bytes from {@code offset} on, whole sectors within the disk. */
    public void visit(long offset, long length, Visitor visitor) {
        long sector = offset / Sectors.SIZE;
        long end = (offset + length) / Sectors.SIZE;
        for (int i = index.find(sector); sector < end; i++) {
            long range = i < index.size() ? index.range(i) : SegmentLayout.PADDING;
            long start = Math.min(SegmentLayout.offset(range), end);
            if (start > sector) {
                visitor.run(sector * Sectors.SIZE, (start - sector) * Sectors.SIZE, NONE, 0);
                sector = start;
            }
            long stop = Math.min(SegmentLayout.end(range), end);
            if (stop > sector) {
                run(index.mapping(i), sector, stop, sector - SegmentLayout.offset(range), visitor);
                sector = stop;
            }
        }
    }

    private static void run(long mapping, long sector, long stop, long skip, Visitor visitor) {
        boolean zeros = SegmentLayout.isZeroed(mapping);
        visitor.run(
                sector * Sectors.SIZE,
                (stop - sector) * Sectors.SIZE,
                zeros ? NONE : SegmentLayout.tag(mapping),
                zeros ? 0 : (SegmentLayout.moffset(mapping) + skip) * Sectors.SIZE);
    }
}
