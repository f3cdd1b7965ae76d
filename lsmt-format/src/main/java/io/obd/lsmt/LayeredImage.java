package io.obd.lsmt;

import io.obd.block.BlockStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A virtual disk made of layers: each sector is that of the highest layer that has it, zeros where none does. Many
 * threads read at once; reading allocates nothing and takes no lock while it waits for I/O.
 */
public final class LayeredImage implements BlockStore {
    /** The number of a layer is kept in eight bits, of which one value is the writable layer's. */
    public static final int MAX_LAYERS = 255;

    private final List<Layer> layers;
    private final DataReader[] sources;
    private final SegmentIndex index;
    private final @Nullable WritableLayer top;
    private final long size;

    private LayeredImage(List<Layer> layers, SegmentIndex index, @Nullable WritableLayer top, long size) {
        this.layers = List.copyOf(layers);
        this.sources = layers.stream().map(Layer::reader).toArray(DataReader[]::new);
        this.index = index;
        this.top = top;
        this.size = size;
    }

    /**
     * Stacks layers.
     *
     * @param bottomToTop the read-only layers, at most {@value #MAX_LAYERS}; closed with the image
     * @param top the writable layer, or null; closed with the image. One without a size gets that of the stack, which is
     *     written to its files.
     * @throws InvalidStackException if no size is known, or there are too many layers or entries. Nothing is closed then.
     */
    public static LayeredImage open(List<Layer> bottomToTop, @Nullable WritableLayer top) throws IOException {
        if (bottomToTop.size() > MAX_LAYERS) {
            throw new InvalidStackException(bottomToTop.size() + " layers, an image can have at most " + MAX_LAYERS);
        }
        long entries = 0;
        long size = 0;
        for (Layer layer : bottomToTop) {
            entries += layer.index().size();
            size = layer.virtualSize() == 0 ? size : layer.virtualSize();
        }
        if (entries > SegmentIndex.MAX_SIZE) {
            throw new InvalidStackException(
                    entries + " index entries, an image can have at most " + SegmentIndex.MAX_SIZE);
        }
        if (top != null && top.virtualSize() != 0) {
            size = top.virtualSize();
        }
        if (size == 0) {
            throw new InvalidStackException("no layer states the size of the virtual disk");
        }
        if (top != null && top.virtualSize() == 0) {
            top.inheritSize(size);
        }
        SegmentIndex index =
                SegmentIndex.merge(bottomToTop.stream().map(Layer::index).toList());
        return new LayeredImage(bottomToTop, index, top, size);
    }

    @Override
    public long size() {
        return size;
    }

    /** Whether there is a writable layer on top. */
    public boolean isWritable() {
        return top != null;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        Sectors.check(offset, dst.remaining(), size);
        long sector = offset / Sectors.SIZE;
        while (dst.hasRemaining()) {
            int count = top == null ? -dst.remaining() / Sectors.SIZE : top.readRun(sector, dst);
            if (count < 0) {
                count = -count;
                readLayers(sector, count, dst);
            }
            sector += count;
        }
    }

    private void readLayers(long from, int count, ByteBuffer dst) throws IOException {
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

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        Sectors.check(offset, src.remaining(), size);
        writable().write(offset, src);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        Sectors.check(offset, length, size);
        writable().discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
        if (top != null) {
            top.flush();
        }
    }

    private WritableLayer writable() throws ReadOnlyImageException {
        if (top == null) {
            throw new ReadOnlyImageException();
        }
        return top;
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        if (top != null) {
            failure = close(top, failure);
        }
        for (Layer layer : layers) {
            failure = close(layer, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable IOException close(Closeable resource, @Nullable IOException earlier) {
        try {
            resource.close();
            return earlier;
        } catch (IOException e) {
            if (earlier == null) {
                return e;
            }
            earlier.addSuppressed(e);
            return earlier;
        }
    }
}
