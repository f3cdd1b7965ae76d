package io.obd.lsmt;

import io.obd.lsmt.blob.BlobTarget;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Copies the live data of a layer into a new file, in ascending order and without gaps. The result depends on the
 * content and on the boundaries of the entries alone, and is the same as that of {@code overlaybd-commit}.
 */
final class LayerCommit {
    /** The original copies this much at a time and makes an entry for each copy before it merges them. */
    private static final int STEP = 64;

    private static final int BUFFER = 1 << 20;

    private final SegmentList entries;
    private final DataReader data;
    private final LayerHeader header;

    /**
     * @param entries live entries in ascending order
     * @param data the stream they map to
     * @param header of the source: gives the size of the disk and the parent
     */
    LayerCommit(SegmentList entries, DataReader data, LayerHeader header) {
        this.entries = entries;
        this.data = data;
        this.header = header;
    }

    void to(BlobTarget target, LayerOptions options) throws IOException {
        try (LayerFile out = new LayerFile(target, header.virtualSize(), header.parentUuid(), options)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
            SegmentList index = new SegmentList(entries.size());
            for (int i = 0; i < entries.size(); i++) {
                long range = entries.range(i);
                long mapping = entries.mapping(i);
                if (SegmentLayout.isZeroed(mapping)) {
                    index.addMerged(range, SegmentLayout.zeroed(out.position()));
                } else {
                    addSteps(range, out.position(), index);
                    copy(SegmentLayout.moffset(mapping), SegmentLayout.length(range), buffer, out);
                }
            }
            out.finish(index);
        }
    }

    private static void addSteps(long range, long moffset, SegmentList index) {
        int length = SegmentLayout.length(range);
        for (int done = 0; done < length; done += STEP) {
            index.addMerged(
                    SegmentLayout.range(SegmentLayout.offset(range) + done, Math.min(STEP, length - done)),
                    SegmentLayout.data(moffset + done));
        }
    }

    private void copy(long moffset, int length, ByteBuffer buffer, LayerFile out) throws IOException {
        long offset = moffset * Sectors.SIZE;
        long end = offset + (long) length * Sectors.SIZE;
        while (offset < end) {
            buffer.clear().limit((int) Math.min(BUFFER, end - offset));
            data.read(offset, buffer);
            offset += buffer.flip().remaining();
            out.write(buffer);
        }
    }
}
