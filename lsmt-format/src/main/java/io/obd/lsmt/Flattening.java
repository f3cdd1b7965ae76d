package io.obd.lsmt;

import io.obd.lsmt.blob.BlobTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one layer of a stack. Tags tell which layer an entry comes from, as {@code overlaybd-merge} leaves them in its
 * files: 0 is the highest of the read-only layers, and a writable one comes after the lowest.
 */
final class Flattening {
    private final SegmentList entries;
    private final DataReader[] sources;
    private final LayerHeader header;

    Flattening(LayerStack stack, @Nullable WritableLayer top) {
        List<Layer> layers = stack.layers();
        int count = layers.size();
        SegmentList merged = stack.entries();
        this.sources = new DataReader[count + 1];
        for (int i = 0; i < count; i++) {
            sources[count - 1 - i] = layers.get(i).reader();
        }
        if (top != null) {
            merged = top.entries().byPlace().tagged(count).over(merged);
            sources[count] = (offset, dst) -> read(top, offset, dst);
        }
        this.entries = new SegmentList(merged.size());
        for (int i = 0; i < merged.size(); i++) {
            int tag = SegmentLayout.tag(merged.mapping(i));
            entries.add(
                    merged.range(i), SegmentLayout.withTag(merged.mapping(i), tag == count ? tag : count - 1 - tag));
        }
        this.header = new LayerHeader(
                0,
                0,
                0,
                0,
                LayerHeader.NIL,
                !layers.isEmpty() ? layers.getFirst().parentUuid() : top != null ? top.parentUuid() : LayerHeader.NIL,
                "");
    }

    private static void read(WritableLayer top, long offset, ByteBuffer dst) throws IOException {
        long sector = offset / Sectors.SIZE;
        while (dst.hasRemaining()) {
            sector += top.readRun(sector, dst);
        }
    }

    void to(BlobTarget target, long size, LayerOptions options) throws IOException {
        LayerCommit.of(entries.before(size / Sectors.SIZE), sources, header.withVirtualSize(size))
                .to(target, options);
    }
}
