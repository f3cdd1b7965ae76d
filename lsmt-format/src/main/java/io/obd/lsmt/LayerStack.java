package io.obd.lsmt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The read-only layers of an image, bottom to top, under one merged index. Immutable. */
final class LayerStack {
    /** What is below the lowest layer. */
    static final LayerStack EMPTY = new LayerStack(List.of(), new SegmentList());

    private final List<Layer> layers;
    private final SegmentList entries;
    private final SegmentIndex index;
    private final IndexedReader reader;

    private LayerStack(List<Layer> layers, SegmentList entries) {
        this.layers = layers;
        this.entries = entries;
        this.index = new SegmentIndex(entries);
        this.reader =
                new IndexedReader(index, layers.stream().map(Layer::reader).toArray(DataReader[]::new));
    }

    static LayerStack of(List<Layer> bottomToTop) throws InvalidStackException {
        check(bottomToTop);
        return new LayerStack(
                List.copyOf(bottomToTop),
                SegmentList.merge(bottomToTop.stream().map(Layer::index).toList()));
    }

    /** This stack with one more layer on top of it. */
    LayerStack plus(Layer top) throws InvalidStackException {
        List<Layer> more = new ArrayList<>(layers);
        more.add(top);
        check(more);
        return new LayerStack(
                List.copyOf(more), top.index().tagged(layers.size()).over(entries));
    }

    private static void check(List<Layer> layers) throws InvalidStackException {
        if (layers.size() > LayeredImage.MAX_LAYERS) {
            throw new InvalidStackException(
                    layers.size() + " layers, an image can have at most " + LayeredImage.MAX_LAYERS);
        }
        long entries = layers.stream().mapToLong(l -> l.index().size()).sum();
        if (entries > SegmentIndex.MAX_SIZE) {
            throw new InvalidStackException(
                    entries + " index entries, an image can have at most " + SegmentIndex.MAX_SIZE);
        }
    }

    List<Layer> layers() {
        return layers;
    }

    /** All entries; the tag is the number of the layer, counted from the bottom. Not to be changed. */
    SegmentList entries() {
        return entries;
    }

    /** The same entries, to look up. */
    SegmentIndex index() {
        return index;
    }

    /** Size of the disk in bytes as the highest layer that states one says, 0 if none does. */
    long virtualSize() {
        long size = 0;
        for (Layer layer : layers) {
            size = layer.virtualSize() == 0 ? size : layer.virtualSize();
        }
        return size;
    }

    /** Appends {@code count} sectors from {@code sector} on to {@code dst}. */
    void read(long sector, int count, ByteBuffer dst) throws IOException {
        reader.read(sector, count, dst);
    }

    /** The first sector at or after {@code sector} that a layer has data for, {@link Long#MAX_VALUE} if there is none. */
    long nextData(long sector) {
        for (int i = index.find(sector); i < index.size(); i++) {
            if (!SegmentLayout.isZeroed(index.mapping(i))) {
                return Math.max(sector, SegmentLayout.offset(index.range(i)));
            }
        }
        return Long.MAX_VALUE;
    }
}
