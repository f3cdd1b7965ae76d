package io.obd.lsmt;

import io.obd.block.BlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The input is the entries of three indexes: those of two read-only layers, and the log of a writable one. Whatever can
 * be opened is stacked and has to read as a disk on which the entries were painted one after the other:
 *
 * <pre>
 *  0  sectors of the disk, modulo 2048   2
 *  2  entries of the lowest layer        1
 *  3  entries of the next layer          1
 *  4  entries, 16 bytes each; what the layers do not take is the log
 * </pre>
 */
public final class IndexTarget {
    private static final int COUNTS = 4;
    private static final int MAX_SECTORS = (1 << 11) - 1;
    private static final int STEP = 256;
    private static final int DATA_SECTORS = 64;
    private static final int FIRST_DATA = LayerHeader.SIZE / Sectors.SIZE;
    private static final int DATA_END = FIRST_DATA + DATA_SECTORS;

    private static final FilePair FILES = new FilePair();

    private final int sectors;
    private final int[] disk;

    private IndexTarget(int sectors) {
        this.sectors = sectors;
        this.disk = new int[sectors];
    }

    /** Called by Jazzer; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length >= COUNTS) {
            ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
            new IndexTarget(in.getShort() & MAX_SECTORS).run(in);
        }
    }

    private void run(ByteBuffer in) throws IOException {
        int lowest = Byte.toUnsignedInt(in.get());
        int next = Byte.toUnsignedInt(in.get());
        List<Layer> layers = new ArrayList<>();
        for (ByteBuffer entries : List.of(take(in, lowest), take(in, next))) {
            Layer layer = openLayer(entries);
            if (layer != null) {
                layers.add(layer);
                paint(entries);
            }
        }
        ByteBuffer log = in.slice().order(ByteOrder.LITTLE_ENDIAN);
        WritableLayer top = openPair(log);
        if (top != null) {
            paint(log);
        }
        try (LayeredImage image = LayeredImage.open(layers, top)) {
            compare(image);
        } catch (InvalidStackException e) {
            Expect.that(sectors == 0 || layers.isEmpty(), "a stack with a size");
            if (top != null) {
                top.close();
            }
        }
    }

    private static ByteBuffer take(ByteBuffer in, int count) {
        int length = Math.min(count, in.remaining() / SegmentLayout.SIZE) * SegmentLayout.SIZE;
        ByteBuffer entries = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + length);
        return entries;
    }

    private @Nullable Layer openLayer(ByteBuffer entries) throws IOException {
        int indexOffset = DATA_END * Sectors.SIZE;
        int flags = LayerHeader.DATA_FILE | LayerHeader.SEALED;
        byte[] file = ByteBuffer.allocate(indexOffset + entries.limit() + LayerHeader.SIZE)
                .put(header(flags | LayerHeader.HEADER, 0, 0))
                .put(data())
                .put(entries.duplicate())
                .put(header(flags, indexOffset, entries.limit() / SegmentLayout.SIZE))
                .array();
        try {
            return Layer.open(new InputBlob(file));
        } catch (BlobException e) {
            return null;
        }
    }

    private @Nullable WritableLayer openPair(ByteBuffer log) throws IOException {
        FILES.write(
                ByteBuffer.allocate(DATA_END * Sectors.SIZE)
                        .put(header(LayerHeader.HEADER | LayerHeader.DATA_FILE, 0, 0))
                        .put(data())
                        .flip(),
                ByteBuffer.allocate(LayerHeader.SIZE + log.limit())
                        .put(header(LayerHeader.HEADER, LayerHeader.SIZE, 0))
                        .put(log.duplicate())
                        .flip());
        try {
            return FILES.open();
        } catch (BlobException e) {
            return null;
        }
    }

    private ByteBuffer header(int flags, long indexOffset, long indexSize) {
        long size = (long) sectors * Sectors.SIZE;
        return new LayerHeader(flags, indexOffset, indexSize, size, LayerHeader.NIL, LayerHeader.NIL, "").encode();
    }

    /** Sectors that begin with their own number. */
    private static ByteBuffer data() {
        ByteBuffer data = ByteBuffer.allocate(DATA_SECTORS * Sectors.SIZE);
        for (int i = 0; i < DATA_SECTORS; i++) {
            data.putInt(i * Sectors.SIZE, FIRST_DATA + i);
        }
        return data;
    }

    /**
     * In a layer that was opened each entry is valid, but for padding and what a crash left at the end of a log: zeros,
     * behind which nothing counts, and entries that map to nothing.
     */
    private void paint(ByteBuffer entries) {
        for (int i = 0; i + SegmentLayout.SIZE <= entries.limit(); i += SegmentLayout.SIZE) {
            long range = entries.getLong(i);
            long mapping = entries.getLong(i + Long.BYTES);
            if (range == 0 && mapping == 0) {
                return;
            }
            long moffset = SegmentLayout.moffset(mapping);
            if (!SegmentLayout.isPadding(range)
                    && moffset >= FIRST_DATA
                    && SegmentLayout.mappedEnd(range, mapping) <= DATA_END) {
                long end = Math.min(sectors, SegmentLayout.end(range));
                for (long sector = SegmentLayout.offset(range); sector < end; sector++) {
                    long skip = sector - SegmentLayout.offset(range);
                    disk[(int) sector] = SegmentLayout.isZeroed(mapping) ? 0 : (int) (moffset + skip);
                }
            }
        }
    }

    private void compare(LayeredImage image) throws IOException {
        Expect.that(image.size() == (long) sectors * Sectors.SIZE, "the size of the disk");
        int[] found = new int[sectors];
        ByteBuffer dst = ByteBuffer.allocate(STEP * Sectors.SIZE);
        for (int sector = 0; sector < sectors; sector += STEP) {
            int count = Math.min(STEP, sectors - sector);
            image.read((long) sector * Sectors.SIZE, dst.clear().limit(count * Sectors.SIZE));
            Expect.that(!dst.hasRemaining(), "as many bytes as asked for");
            for (int i = 0; i < count; i++) {
                found[sector + i] = dst.getInt(i * Sectors.SIZE);
            }
        }
        int wrong = Arrays.mismatch(found, disk);
        Expect.that(wrong < 0, "the right content of sector " + wrong);
    }
}
