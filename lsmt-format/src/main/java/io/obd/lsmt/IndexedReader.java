package io.obd.lsmt;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A virtual disk as an immutable index makes it of several sources; what no entry covers reads as zeros. */
final class IndexedReader implements DataReader {
    private final SegmentIndex index;
    private final DataReader[] sources;

    /** @param sources where data is, by the tag of the entry */
    IndexedReader(SegmentIndex index, DataReader... sources) {
        this.index = index;
        this.sources = sources;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        read(offset / Sectors.SIZE, dst.remaining() / Sectors.SIZE, dst);
    }

    /** Appends {@code count} sectors from {@code from} on to {@code dst}. */
    void read(long from, int count, ByteBuffer dst) throws IOException {
        long sector = from;
        long end = from + count;
        for (int i = index.find(sector); sector < end; i++) {
            long range = i < index.size() ? index.range(i) : SegmentLayout.PADDING;
            long offset = SegmentLayout.offset(range);
            if (offset > sector) {
                int gap = (int) (Math.min(offset, end) - sector);
                Sectors.zero(dst, gap);
                sector += gap;
            }
            int run = (int) (Math.min(SegmentLayout.end(range), end) - sector);
            if (run > 0) {
                readEntry(index.mapping(i), sector - offset, run, dst);
                sector += run;
            }
        }
    }

    private void readEntry(long mapping, long skip, int count, ByteBuffer dst) throws IOException {
        if (SegmentLayout.isZeroed(mapping)) {
            Sectors.zero(dst, count);
        } else {
            long position = (SegmentLayout.moffset(mapping) + skip) * Sectors.SIZE;
            Sectors.read(sources[SegmentLayout.tag(mapping)], position, dst, count);
        }
    }
}
