package io.obd.lsmt;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A writable layer as a log: every write is appended to the data file, and an entry that says where it belongs to the
 * index file. The data file is never overwritten, so that an entry that was read stays true.
 */
final class LogLayer extends WritableLayer {
    private final WritableFile data;
    private final IndexLog log;

    private LogLayer(WritablePair files, LayerHeader header, LiveIndex index) {
        super(files, header, index, files.data());
        this.data = files.data();
        this.log = new IndexLog(files.index(), index);
    }

    static LogLayer create(WritablePair files, LayerHeader header) throws IOException {
        LayerHeader dataHeader = header.withFlags(LayerHeader.HEADER | LayerHeader.DATA_FILE);
        files.data().append(dataHeader.encode());
        files.index().append(header.withIndex(LayerHeader.SIZE, 0).encode());
        return new LogLayer(files, dataHeader, new LiveIndex());
    }

    static LogLayer open(WritablePair files, LayerHeader header) throws IOException {
        files.indexHeader();
        LiveIndex index = new LiveIndex();
        // A data file that ends within a sector lost the end of its last write; the next one starts on a sector.
        long sectors = files.data().size() / Sectors.SIZE;
        new IndexLogReader(files.index(), new DataEntries(sectors)).into(index);
        if (files.data().size() > sectors * Sectors.SIZE && files.data().isWritable()) {
            files.data().resize((sectors + 1) * Sectors.SIZE);
        }
        return new LogLayer(files, header, index);
    }

    @Override
    public Kind kind() {
        return Kind.LOG;
    }

    @Override
    void doWrite(long start, ByteBuffer src, LayerStack below) throws IOException {
        inParts(start, src, (sector, part) -> {
            int sectors = part.remaining() / Sectors.SIZE;
            long moffset = data.size() / Sectors.SIZE;
            data.append(part);
            log.append(sector, sectors, SegmentLayout.data(moffset));
        });
    }

    @Override
    void doDiscard(long sector, long sectors, LayerStack below) throws IOException {
        log.append(sector, sectors, SegmentLayout.zeroed(data.size() / Sectors.SIZE));
    }

    /** What is past a smaller size stays in the log: it is not in a commit, and hidden by the image if that grows again. */
    @Override
    void writeSize(WritablePair pair, long virtualSize) throws IOException {
        WritablePair.writeVirtualSize(pair.data(), virtualSize);
        WritablePair.writeVirtualSize(pair.index(), virtualSize);
    }

    /** Entries that map to the data file; their tags mean nothing. */
    private record DataEntries(long sectors) implements EntryRule {

        @Override
        public boolean isValid(long range, long mapping) {
            return SegmentLayout.moffset(mapping) >= LayerHeader.SIZE / Sectors.SIZE
                    && SegmentLayout.mappedEnd(range, mapping) <= sectors;
        }

        @Override
        public long normalised(long mapping) {
            return SegmentLayout.withTag(mapping, 0);
        }
    }
}
