package io.obd.lsmt;

import io.obd.block.BlockStore;
import io.obd.lsmt.blob.BlobTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes a read-only layer in one pass: data goes into the file, compressed, as it is written, and the uncompressed data is
 * never on disk. What was written can be read again; anything else is that of the layers below. Data that is overwritten
 * stays in the file, so whoever writes here writes a sector once if it can.
 *
 * <p>Memory does not grow with the data but for the jump table and the index. The file has its name only after {@link
 * #finish}.
 */
public final class LayerWriter implements BlockStore {
    private final long size;
    private final @Nullable LayeredImage below;
    private final LayerFile file;
    private final SegmentMap map = new SegmentMap();

    private LayerWriter(long size, @Nullable LayeredImage below, LayerFile file) {
        this.size = size;
        this.below = below;
        this.file = file;
    }

    /**
     * Begins a layer.
     *
     * @param layer the finished file; must not exist
     * @param virtualSize size of the disk in bytes, a positive multiple of 512
     * @param below the image that the layer will stand on, or null if it is the lowest; stays open
     */
    public static LayerWriter create(Path layer, long virtualSize, @Nullable LayeredImage below, LayerOptions options)
            throws IOException {
        if (virtualSize == 0 || !Sectors.isSize(virtualSize)) {
            throw new IllegalArgumentException(virtualSize + " bytes are no size of a disk");
        }
        return new LayerWriter(
                virtualSize, below, new LayerFile(BlobTarget.newFile(layer), virtualSize, LayerHeader.NIL, options));
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public synchronized void read(long offset, ByteBuffer dst) throws IOException {
        Sectors.check(offset, dst.remaining(), size);
        long sector = offset / Sectors.SIZE;
        while (dst.hasRemaining()) {
            int count = dst.remaining() / Sectors.SIZE;
            long slot = map.find(sector);
            long range = slot < 0 ? SegmentLayout.PADDING : map.range(slot);
            long start = SegmentLayout.offset(range);
            if (start > sector) {
                count = (int) Math.min(count, start - sector);
                readBelow(sector, count, dst);
            } else {
                count = (int) Math.min(count, SegmentLayout.end(range) - sector);
                readEntry(map.mapping(slot), sector - start, count, dst);
            }
            sector += count;
        }
    }

    private void readBelow(long sector, int count, ByteBuffer dst) throws IOException {
        long sectorsBelow = below == null ? 0 : below.size() / Sectors.SIZE;
        int present = Math.clamp(sectorsBelow - sector, 0, count);
        if (below != null && present > 0) {
            Sectors.read(below::read, sector * Sectors.SIZE, dst, present);
        }
        Sectors.zero(dst, count - present);
    }

    private void readEntry(long mapping, long skip, int count, ByteBuffer dst) throws IOException {
        if (SegmentLayout.isZeroed(mapping)) {
            Sectors.zero(dst, count);
        } else {
            Sectors.read(file, (SegmentLayout.moffset(mapping) + skip) * Sectors.SIZE, dst, count);
        }
    }

    @Override
    public synchronized void write(long offset, ByteBuffer src) throws IOException {
        Sectors.check(offset, src.remaining(), size);
        long sector = offset / Sectors.SIZE;
        long end = sector + src.remaining() / Sectors.SIZE;
        long moffset = file.position();
        file.write(src);
        while (sector < end) {
            int count = (int) Math.min(end - sector, SegmentLayout.MAX_LENGTH);
            map.insert(SegmentLayout.range(sector, count), SegmentLayout.data(moffset));
            sector += count;
            moffset += count;
        }
    }

    @Override
    public synchronized void discard(long offset, long length) throws IOException {
        Sectors.check(offset, length, size);
        long sector = offset / Sectors.SIZE;
        long end = sector + length / Sectors.SIZE;
        while (sector < end) {
            int count = (int) Math.min(end - sector, SegmentLayout.MAX_LENGTH);
            map.insert(SegmentLayout.range(sector, count), SegmentLayout.zeroed(file.position()));
            sector += count;
        }
    }

    /** Does nothing: an unfinished layer is lost in a crash, and {@link #finish} returns when it is on stable storage. */
    @Override
    public void flush() {}

    /** Completes the layer: index, trailers, front, stable storage, name. Nothing can be written or read any more. */
    public synchronized void finish() throws IOException {
        SegmentList entries = map.toList();
        SegmentList index = new SegmentList(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            index.addMerged(entries.range(i), entries.mapping(i));
        }
        index.pad(LayerFile.INDEX_PADDING);
        file.finish(index);
    }

    /** Ends the use of the layer; one that is not finished is removed. */
    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
