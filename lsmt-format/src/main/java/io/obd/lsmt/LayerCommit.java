package io.obd.lsmt;

import io.obd.lsmt.blob.BlobTarget;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Copies live data into a new layer, in ascending order and without gaps. The result depends on the content and on the
 * boundaries of the entries alone, and is the same as that of {@code overlaybd-commit} and {@code overlaybd-merge}.
 */
final class LayerCommit {
    /** The original copies this much at a time and makes an entry for each copy before it merges them. */
    private static final int STEP = 64;

    private static final int BUFFER = 256 << 10;
    private static final int NO_REMOTE = -1;

    private final SegmentList entries;
    private final DataReader[] sources;
    private final LayerHeader header;
    private final int remoteTag;

    private LayerCommit(SegmentList entries, DataReader[] sources, LayerHeader header, int remoteTag) {
        this.entries = entries;
        this.sources = sources;
        this.header = header;
        this.remoteTag = remoteTag;
    }

    /**
     * A layer that has all of its data.
     *
     * @param entries live entries in ascending order; the new ones have the same tags
     * @param sources where the data is, by the tag of the entry
     * @param header of the source: gives the size of the disk and the parent
     */
    static LayerCommit of(SegmentList entries, DataReader[] sources, LayerHeader header) {
        return new LayerCommit(entries, sources, header, NO_REMOTE);
    }

    /** A TurboOCI layer, as {@link #of}: data with the tag {@link TurboOciTags#REMOTE} stays where it is. */
    static LayerCommit ofTurboOci(SegmentList entries, DataReader[] sources, LayerHeader header) {
        return new LayerCommit(entries, sources, header, TurboOciTags.REMOTE);
    }

    void to(BlobTarget target, LayerOptions options) throws IOException {
        try (LayerFile out = new LayerFile(target, header.virtualSize(), header.parentUuid(), options)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
            SegmentList index = new SegmentList(entries.size());
            for (int i = 0; i < entries.size(); i++) {
                long range = entries.range(i);
                long mapping = entries.mapping(i);
                int tag = SegmentLayout.tag(mapping);
                if (SegmentLayout.isZeroed(mapping)) {
                    index.addMerged(range, SegmentLayout.withTag(SegmentLayout.zeroed(out.position()), tag));
                } else if (tag == remoteTag) {
                    index.addMerged(range, mapping);
                } else {
                    addSteps(range, SegmentLayout.withTag(SegmentLayout.data(out.position()), tag), index);
                    copy(sources[tag], SegmentLayout.moffset(mapping), SegmentLayout.length(range), buffer, out);
                }
            }
            if (remoteTag == NO_REMOTE) {
                index.pad(LayerFile.INDEX_PADDING);
            }
            out.finish(index);
        }
    }

    private static void addSteps(long range, long mapping, SegmentList index) {
        int length = SegmentLayout.length(range);
        for (int done = 0; done < length; done += STEP) {
            index.addMerged(
                    SegmentLayout.range(SegmentLayout.offset(range) + done, Math.min(STEP, length - done)),
                    SegmentLayout.advance(mapping, done));
        }
    }

    private static void copy(DataReader source, long moffset, int length, ByteBuffer buffer, LayerFile out)
            throws IOException {
        long offset = moffset * Sectors.SIZE;
        long end = offset + (long) length * Sectors.SIZE;
        while (offset < end) {
            buffer.clear().limit((int) Math.min(BUFFER, end - offset));
            source.read(offset, buffer);
            offset += buffer.flip().remaining();
            out.write(buffer);
        }
    }
}
