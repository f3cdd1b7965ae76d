package io.obd.lsmt;

import io.obd.block.CorruptBlobException;
import java.util.BitSet;

/**
 * The tags of a TurboOCI layer: {@link #METADATA} for what is in its own file, {@link #REMOTE} for what is in the original
 * layer. A pair that was written on top of n layers has n and n + 1 instead.
 */
final class TurboOciTags {
    static final int METADATA = 0;
    static final int REMOTE = 1;

    private int lowest = Integer.MAX_VALUE;
    private int highest;
    private final BitSet moved = new BitSet();

    /** Looks at an entry. */
    void add(long range, long mapping) {
        int tag = SegmentLayout.tag(mapping);
        lowest = Math.min(lowest, tag);
        highest = Math.max(highest, tag);
        if (!SegmentLayout.isZeroed(mapping) && SegmentLayout.moffset(mapping) != SegmentLayout.offset(range)) {
            moved.set(tag);
        }
    }

    /**
     * The tag that stands for {@link #METADATA}. Where all entries have the same tag it is told by what they map to: in a
     * pair metadata is where it is on the disk, what is elsewhere is remote.
     *
     * @throws CorruptBlobException if there are more than the two tags, or metadata is elsewhere
     */
    int base(String blob) throws CorruptBlobException {
        int base = lowest < highest || highest == 0 || !moved.get(highest) ? Math.min(lowest, highest) : highest - 1;
        if (highest - base > 1) {
            throw new CorruptBlobException(
                    blob,
                    LayerHeader.SIZE,
                    "LSMT index: entries have tags from " + lowest + " to " + highest
                            + ", a TurboOCI layer has two that follow each other");
        }
        if (moved.get(base)) {
            throw new CorruptBlobException(
                    blob,
                    LayerHeader.SIZE,
                    "LSMT index: entries map to other sectors than their own, which is not so in a TurboOCI layer, and"
                            + " the data file has no LSMT header");
        }
        return base;
    }
}
