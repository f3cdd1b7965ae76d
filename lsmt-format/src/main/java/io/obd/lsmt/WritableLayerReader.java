package io.obd.lsmt;

import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads and checks the two files of a writable layer, and repairs their ends after a crash. */
final class WritableLayerReader {
    private static final Logger log = LoggerFactory.getLogger(WritableLayerReader.class);
    private static final int CHUNK = 1 << 20;

    private final LogFile data;
    private final LogFile index;
    private final LayerHeader header;

    WritableLayerReader(LogFile data, LogFile index) throws IOException {
        this.data = data;
        this.index = index;
        refuseTurboOci();
        this.header = block(data);
        check(
                data,
                header.has(LayerHeader.HEADER) && header.has(LayerHeader.DATA_FILE),
                LayerHeader.FLAGS_OFFSET,
                "LSMT header: flags 0x" + Integer.toHexString(header.flags())
                        + " are not those of a data file's header");
        if (header.has(LayerHeader.SPARSE)) {
            throw new UnsupportedLayerException(
                    data.name(),
                    LayerHeader.FLAGS_OFFSET,
                    "sparse writable layer: only log-structured ones can be opened");
        }
        check(
                data,
                !header.has(LayerHeader.SEALED),
                LayerHeader.FLAGS_OFFSET,
                "LSMT header: this is a committed layer, not a writable one");
        check(
                data,
                Sectors.isSize(header.virtualSize()),
                LayerHeader.VIRTUAL_SIZE_OFFSET,
                "LSMT header: virtual_size " + Long.toUnsignedString(header.virtualSize()) + " is no size of a disk");
        checkIndexHeader(block(index));
    }

    /** The data file of such a layer is the plain content of a disk. */
    private void refuseTurboOci() throws IOException {
        if (data.size() >= LayerHeader.SIZE
                && index.size() >= LayerHeader.SIZE
                && !LayerHeader.isPresent(raw(data))
                && LayerHeader.isPresent(raw(index))) {
            throw new UnsupportedLayerException(
                    data.name(), 0, "no LSMT header, though its index has one: a TurboOCI writable layer, or no layer");
        }
    }

    private static ByteBuffer raw(LogFile file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(LayerHeader.SIZE);
        file.read(0, block);
        return block.flip();
    }

    private static LayerHeader block(LogFile file) throws IOException {
        if (file.size() < LayerHeader.SIZE) {
            throw new CorruptBlobException(
                    file.name(), 0, "LSMT header: " + LayerHeader.SIZE + " bytes wanted, file has " + file.size());
        }
        return LayerHeader.decode(raw(file), "header", file.name(), 0);
    }

    private void checkIndexHeader(LayerHeader found) throws CorruptBlobException {
        check(
                index,
                found.has(LayerHeader.HEADER) && !found.has(LayerHeader.DATA_FILE) && !found.has(LayerHeader.SEALED),
                LayerHeader.FLAGS_OFFSET,
                "LSMT index header: flags 0x" + Integer.toHexString(found.flags())
                        + " are not those of an index file's header");
        check(
                index,
                found.indexOffset() == LayerHeader.SIZE,
                LayerHeader.INDEX_OFFSET_OFFSET,
                "LSMT index header: index_offset is " + Long.toUnsignedString(found.indexOffset()) + ", not "
                        + LayerHeader.SIZE);
        check(
                index,
                (index.size() - LayerHeader.SIZE) / SegmentLayout.SIZE <= SegmentIndex.MAX_SIZE,
                LayerHeader.SIZE,
                "LSMT index: more than " + SegmentIndex.MAX_SIZE + " entries");
    }

    /** What the data file says. */
    LayerHeader header() {
        return header;
    }

    /** The index as all entries in the order of writing make it. */
    SegmentMap index() throws IOException {
        // A data file that ends within a sector lost the end of its last write; the next one starts on a sector.
        long dataSectors = data.size() / Sectors.SIZE;
        SegmentMap map = new SegmentMap();
        long entries = (index.size() - LayerHeader.SIZE) / SegmentLayout.SIZE;
        long end = LayerHeader.SIZE + entries * SegmentLayout.SIZE;
        long valid = end;
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK, end - LayerHeader.SIZE))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long at = LayerHeader.SIZE; at < end; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
            index.read(at, chunk);
            for (int i = 0; i < chunk.limit(); i += SegmentLayout.SIZE) {
                long range = chunk.getLong(i);
                long mapping = chunk.getLong(i + Long.BYTES);
                if (SegmentLayout.isPadding(range)) {
                    continue;
                }
                if (isValid(range, mapping, dataSectors)) {
                    check(index, valid == end, valid, "LSMT index: entry is not valid, but later ones are");
                    insert(range, mapping, map);
                } else {
                    valid = Math.min(valid, at + i);
                }
            }
        }
        repair(valid, dataSectors);
        return map;
    }

    private static boolean isValid(long range, long mapping, long dataSectors) {
        return SegmentLayout.length(range) > 0
                && SegmentLayout.moffset(mapping) >= LayerHeader.SIZE / Sectors.SIZE
                && SegmentLayout.mappedEnd(range, mapping) <= dataSectors;
    }

    /** A layer that was made smaller has entries past its end: nothing reads them, nor should a commit keep them. */
    private void insert(long range, long mapping, SegmentMap map) {
        long sectors = header.virtualSize() == 0 ? SegmentLayout.MAX_OFFSET : header.virtualSize() / Sectors.SIZE;
        long offset = SegmentLayout.offset(range);
        long end = Math.min(SegmentLayout.end(range), sectors);
        if (offset < end) {
            map.insert(SegmentLayout.range(offset, end - offset), SegmentLayout.withTag(mapping, 0));
        }
    }

    private void repair(long indexEnd, long dataSectors) throws IOException {
        if (indexEnd < index.size()) {
            log.warn(
                    "{}: the last {} bytes are no valid entries, as after a crash: cut off",
                    index.name(),
                    index.size() - indexEnd);
            index.resize(indexEnd);
        }
        if (data.size() > dataSectors * Sectors.SIZE) {
            data.resize((dataSectors + 1) * Sectors.SIZE);
        }
    }

    private static void check(LogFile file, boolean holds, long at, String otherwise) throws CorruptBlobException {
        if (!holds) {
            throw new CorruptBlobException(file.name(), at, otherwise);
        }
    }
}
