package io.obd.lsmt;

import io.obd.linux.SparseFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;

/**
 * A writable layer whose data file has each sector at its place, {@value LayerHeader#SIZE} bytes in. What it has is told
 * by the holes of the file alone: the index file is empty, and the original does not look into it.
 *
 * <p>Implementation: a file system knows holes in whole blocks, so a block is either this layer's or it is a hole. A write
 * of a part of a block that is a hole takes the rest from the layers below. A discard writes zeros where the layers below
 * have data, which a hole would show again after the layer is reopened, and makes a hole elsewhere. The zeros cost no more
 * space than the data that they hide, and the original reads them as they are meant.
 */
final class SparseLayer extends WritableLayer {
    private static final int HEADER_SECTORS = LayerHeader.SIZE / Sectors.SIZE;
    private static final int ZEROS = 256 << 10;

    private final WritableFile data;
    private final int blockSectors;
    private boolean mayBeSealed;
    private @Nullable ByteBuffer block;

    private SparseLayer(WritablePair files, LayerHeader header, LiveIndex index, int blockSectors) {
        super(files, header, index, files.data());
        this.data = files.data();
        this.blockSectors = blockSectors;
        this.mayBeSealed = data.size() > LayerHeader.SIZE + header.virtualSize();
    }

    static SparseLayer create(WritablePair files, LayerHeader header) throws IOException {
        int blockSectors = blockSectors(files.data());
        if (blockSectors > HEADER_SECTORS) {
            throw new IOException(files.data().name() + ": a sparse layer cannot be on a file system with blocks of "
                    + blockSectors * Sectors.SIZE + " bytes, " + LayerHeader.SIZE + " are the most: make a log layer");
        }
        LayerHeader dataHeader = header.withFlags(LayerHeader.HEADER | LayerHeader.DATA_FILE | LayerHeader.SPARSE);
        files.data().append(dataHeader.encode());
        files.data().resize(LayerHeader.SIZE + header.virtualSize());
        return new SparseLayer(files, dataHeader, new LiveIndex(), blockSectors);
    }

    static SparseLayer open(WritablePair files, LayerHeader header) throws IOException {
        int blockSectors = blockSectors(files.data());
        LiveIndex index = new LiveIndex();
        long size = LayerHeader.SIZE + header.virtualSize();
        if (files.data().size() < size && files.data().isWritable()) {
            files.data().resize(size);
        }
        try (SparseFile holes = SparseFile.openForReading(files.data().path())) {
            load(holes, size, index);
        }
        return new SparseLayer(files, header, index, blockSectors);
    }

    /** Smaller blocks are treated as parts of one of 4096 bytes: page caches may know holes no better. */
    private static int blockSectors(WritableFile file) throws IOException {
        return (int) Math.max(HEADER_SECTORS, Files.getFileStore(file.path()).getBlockSize() / Sectors.SIZE);
    }

    private static void load(SparseFile holes, long end, LiveIndex index) throws IOException {
        long from = holes.nextData(LayerHeader.SIZE);
        while (from >= 0 && from < end) {
            long to = Math.min(end, holes.nextHole(from));
            insert(index, from / Sectors.SIZE - HEADER_SECTORS, (to - from) / Sectors.SIZE);
            from = holes.nextData(to);
        }
    }

    private static void insert(LiveIndex index, long sector, long sectors) {
        for (long done = 0; done < sectors; done += SegmentLayout.MAX_LENGTH) {
            index.insert(
                    SegmentLayout.range(sector + done, Math.min(sectors - done, SegmentLayout.MAX_LENGTH)),
                    SegmentLayout.data(sector + done + HEADER_SECTORS));
        }
    }

    @Override
    public Kind kind() {
        return Kind.SPARSE;
    }

    @Override
    void doWrite(long start, ByteBuffer src, LayerStack below) throws IOException {
        removeSeal();
        int limit = src.limit();
        long sector = start;
        try {
            while (src.position() < limit) {
                int count = (limit - src.position()) / Sectors.SIZE;
                long blockEnd = blockEnd(sector);
                if (sector == blockStart(sector) && count >= blockEnd - sector) {
                    int whole = (int) Math.min(blockStart(sector + count) - sector, MAX_WRITE / Sectors.SIZE);
                    count = (int) Math.max(whole, blockEnd - sector);
                } else {
                    count = (int) Math.min(count, blockEnd - sector);
                }
                src.limit(src.position() + count * Sectors.SIZE);
                writeRun(sector, count, src, below);
                src.limit(limit);
                sector += count;
            }
        } finally {
            src.limit(limit);
        }
    }

    /** A layer that was sealed and is written again would have the index of what it was before. */
    private void removeSeal() throws IOException {
        if (mayBeSealed) {
            data.resize(LayerHeader.SIZE + virtualSize());
            mayBeSealed = false;
        }
    }

    /** Writes whole blocks, or a part of one. */
    private void writeRun(long sector, int count, ByteBuffer src, LayerStack below) throws IOException {
        long start = blockStart(sector);
        long end = blockEnd(sector);
        if (count < end - start && below.nextData(start) < end && index.run(start, end - start) < end - start) {
            ByteBuffer whole = readBlock(start, (int) (end - start), below);
            whole.put((int) (sector - start) * Sectors.SIZE, src, src.position(), src.remaining());
            src.position(src.limit());
            put(start, whole.flip());
        } else {
            put(sector, src);
        }
    }

    private ByteBuffer readBlock(long start, int sectors, LayerStack below) throws IOException {
        if (block == null) {
            block = ByteBuffer.allocateDirect(blockSectors * Sectors.SIZE);
        }
        ByteBuffer dst = block.clear().limit(sectors * Sectors.SIZE);
        long sector = start;
        while (dst.hasRemaining()) {
            int count = readRun(sector, dst);
            if (count < 0) {
                count = -count;
                below.read(sector, count, dst);
            }
            sector += count;
        }
        return dst;
    }

    private void put(long sector, ByteBuffer src) throws IOException {
        int sectors = src.remaining() / Sectors.SIZE;
        data.write((sector + HEADER_SECTORS) * Sectors.SIZE, src);
        insert(index, sector, sectors);
    }

    @Override
    void doDiscard(long from, long sectors, LayerStack below) throws IOException {
        removeSeal();
        long to = from + sectors;
        long sector = from;
        while (sector < to) {
            long start = blockStart(sector);
            long end = blockEnd(sector);
            if (sector > start || to < end) {
                end = Math.min(to, end);
                if (isVisible(sector, end, below)) {
                    writeZeros(sector, end, below);
                }
            } else if (below.nextData(sector) < end) {
                while (blockEnd(end) <= to && below.nextData(end) < blockEnd(end)) {
                    end = blockEnd(end);
                }
                writeZeros(sector, end, below);
            } else {
                end = Math.min(blockStart(to), blockStart(Math.min(to, below.nextData(sector))));
                end = Math.max(end, blockEnd(sector));
                makeHole(sector, end, below);
            }
            sector = end;
        }
    }

    private boolean isVisible(long from, long to, LayerStack below) {
        return below.nextData(from) < to || index.run(from, to - from) != from - to;
    }

    private void makeHole(long from, long to, LayerStack below) throws IOException {
        if (index.run(from, to - from) == from - to) {
            return;
        }
        if (data.punchHole((from + HEADER_SECTORS) * Sectors.SIZE, (to - from) * Sectors.SIZE)) {
            index.remove(from, to);
        } else {
            writeZeros(from, to, below);
        }
    }

    private void writeZeros(long from, long to, LayerStack below) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, (to - from) * Sectors.SIZE));
        for (long sector = from; sector < to; sector += zeros.limit() / Sectors.SIZE) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), (to - sector) * Sectors.SIZE));
            doWrite(sector, zeros, below);
        }
    }

    private long blockStart(long sector) {
        long inFile = sector + HEADER_SECTORS;
        return Math.max(0, inFile - inFile % blockSectors - HEADER_SECTORS);
    }

    private long blockEnd(long sector) {
        long inFile = sector + HEADER_SECTORS;
        long end = inFile - inFile % blockSectors + blockSectors;
        return Math.min(end, data.size() / Sectors.SIZE) - HEADER_SECTORS;
    }

    @Override
    void makeRoom(long virtualSize) throws IOException {
        removeSeal();
        data.resize(LayerHeader.SIZE + virtualSize);
    }

    @Override
    void writeSize(WritablePair pair, long virtualSize) throws IOException {
        WritablePair.writeVirtualSize(data, virtualSize);
        data.resize(LayerHeader.SIZE + virtualSize);
        mayBeSealed = false;
        index.remove(virtualSize / Sectors.SIZE, SegmentLayout.MAX_OFFSET);
    }

    @Override
    void seal(WritableFile file, LayerHeader from) throws IOException {
        file.resize(LayerHeader.SIZE + from.virtualSize());
        super.seal(file, from);
    }
}
