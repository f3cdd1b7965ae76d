package io.obd.lsmt;

import io.obd.block.CorruptBlobException;

/**
 * The tags of a TurboOCI layer: {@link #METADATA} for what is in its own file, {@link #REMOTE} for what is in the original
 * layer. A pair that was written on top of n layers has n and n + 1 instead.
 */
final class TurboOciTags {
    static final int METADATA = 0;
    static final int REMOTE = 1;

    private int lowest = Integer.MAX_VALUE;
    private int highest;
    private boolean moved;

    /** Looks at an entry. */
    void add(long range, long mapping) {
        lowest = Math.min(lowest, SegmentLayout.tag(mapping));
        highest = Math.max(highest, SegmentLayout.tag(mapping));
        moved |= !SegmentLayout.isZeroed(mapping) && SegmentLayout.moffset(mapping) != SegmentLayout.offset(range);
    }

    /**
     * The tag that stands for {@link #METADATA}. Where all entries have the same tag it is told by what they map to: in a
     * pair metadata is where it is on the disk, what is elsewhere is remote.
     *
     * @throws CorruptBlobException if there are more than the two tags
     */
    int base(String blob) throws CorruptBlobException {
        if (lowest >= highest) {
            return highest > 0 && moved ? highest - 1 : highest;
        }
        if (highest - lowest > 1) {
            throw new CorruptBlobException(
                    blob,
                    LayerHeader.SIZE,
                    "LSMT index: entries have tags from " + lowest + " to " + highest
                            + ", a TurboOCI layer has two that follow each other");
        }
        return lowest;
    }
}
