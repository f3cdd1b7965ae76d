package io.obd.lsmt;

import io.obd.block.CorruptBlobException;
import io.obd.lsmt.blob.BlobTarget;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;

/**
 * A writable layer as a log: every write is appended to a data file, and an entry that says where it belongs to an index
 * file. It is written as the top of a {@link LayeredImage}.
 *
 * <p>Implementation: {@code writing} is held by the one that appends. {@code map} is under {@code mapLock}, which nobody
 * holds while waiting for I/O: an entry stays true when the lock is given up, since the log is never overwritten.
 */
public final class WritableLayer implements Closeable {
    /** A longer write becomes several entries, as in the original. */
    private static final int MAX_WRITE = 4 << 20;

    private static final int MAX_ENTRIES_AT_ONCE = 512;

    private final LogFile data;
    private final LogFile index;
    private final SegmentMap map;
    private final ReentrantLock writing = new ReentrantLock();
    private final StampedLock mapLock = new StampedLock();
    private final SegmentList newEntries = new SegmentList();
    private final ByteBuffer newBytes = ByteBuffer.allocateDirect(MAX_ENTRIES_AT_ONCE * SegmentLayout.SIZE);
    private volatile LayerHeader header;

    private WritableLayer(LogFile data, LogFile index, LayerHeader header, SegmentMap map) {
        this.data = data;
        this.index = index;
        this.header = header;
        this.map = map;
    }

    /**
     * Makes a new, empty layer.
     *
     * @param data must not exist
     * @param index must not exist
     * @param virtualSize size of the disk in bytes, a multiple of 512; 0 for that of the layers it will stand on
     * @param parentUuid identity of the layer below, the nil UUID for none
     * @throws FileAlreadyExistsException if one of the files exists
     */
    public static WritableLayer create(Path data, Path index, long virtualSize, UUID parentUuid) throws IOException {
        if (!Sectors.isSize(virtualSize)) {
            throw new IllegalArgumentException(virtualSize + " bytes are no size of a disk");
        }
        LayerHeader header = new LayerHeader(
                LayerHeader.HEADER | LayerHeader.DATA_FILE, 0, 0, virtualSize, UUID.randomUUID(), parentUuid, "");
        LogFile dataFile = LogFile.create(data);
        try {
            LogFile indexFile = LogFile.create(index);
            try {
                dataFile.append(header.encode());
                indexFile.append(header.withFlags(LayerHeader.HEADER)
                        .withIndex(LayerHeader.SIZE, 0)
                        .encode());
                return new WritableLayer(dataFile, indexFile, header, new SegmentMap());
            } catch (IOException e) {
                indexFile.close();
                Files.delete(index);
                throw e;
            }
        } catch (IOException e) {
            dataFile.close();
            Files.delete(data);
            throw e;
        }
    }

    /**
     * Opens a layer that was written before. After a crash the end of the index may be torn, or refer to data that never
     * reached the disk: it is cut off there, with a warning.
     *
     * @throws CorruptBlobException if a check of the headers or of the index fails; says which one, and where
     * @throws UnsupportedLayerException if it is a writable layer of another kind
     */
    public static WritableLayer open(Path data, Path index) throws IOException {
        LogFile dataFile = LogFile.open(data);
        try {
            LogFile indexFile = LogFile.open(index);
            try {
                WritableLayerReader reader = new WritableLayerReader(dataFile, indexFile);
                SegmentMap map = reader.index();
                return new WritableLayer(dataFile, indexFile, reader.header(), map);
            } catch (IOException e) {
                indexFile.close();
                throw e;
            }
        } catch (IOException e) {
            dataFile.close();
            throw e;
        }
    }

    /** Size of the virtual disk in bytes; 0 if it is that of the layers below. */
    public long virtualSize() {
        return header.virtualSize();
    }

    /** Identity of the layer. */
    public UUID uuid() {
        return header.uuid();
    }

    /** Identity of the layer below, the nil UUID if none is named. */
    public UUID parentUuid() {
        return header.parentUuid();
    }

    /** Takes the size of the layers below where it has none of its own, in both files. */
    void inheritSize(long size) throws IOException {
        header = header.withVirtualSize(size);
        data.write(0, header.encode());
        index.write(
                0,
                header.withFlags(LayerHeader.HEADER)
                        .withIndex(LayerHeader.SIZE, 0)
                        .encode());
    }

    /**
     * Reads from {@code sector} on as far as this layer has one answer.
     *
     * @return the number of sectors that were appended to {@code dst}; or negative, the number of sectors that this layer
     *     does not have, at most as many as {@code dst} has room for
     */
    int readRun(long sector, ByteBuffer dst) throws IOException {
        int count = dst.remaining() / Sectors.SIZE;
        long range = SegmentLayout.PADDING;
        long mapping = 0;
        long stamp = mapLock.readLock();
        try {
            long slot = map.find(sector);
            if (slot >= 0) {
                range = map.range(slot);
                mapping = map.mapping(slot);
            }
        } finally {
            mapLock.unlockRead(stamp);
        }
        long offset = SegmentLayout.offset(range);
        if (offset > sector) {
            return (int) -Math.min(count, offset - sector);
        }
        count = (int) Math.min(count, SegmentLayout.end(range) - sector);
        if (SegmentLayout.isZeroed(mapping)) {
            Sectors.zero(dst, count);
        } else {
            Sectors.read(data, (SegmentLayout.moffset(mapping) + sector - offset) * Sectors.SIZE, dst, count);
        }
        return count;
    }

    /** Appends the remaining bytes of {@code src}, whole sectors, as the content from byte {@code offset} on. */
    void write(long offset, ByteBuffer src) throws IOException {
        writing.lock();
        int limit = src.limit();
        try {
            long sector = offset / Sectors.SIZE;
            while (src.hasRemaining()) {
                int length = Math.min(src.remaining(), MAX_WRITE);
                long moffset = data.size() / Sectors.SIZE;
                data.append(src.limit(src.position() + length));
                src.limit(limit);
                newEntries.add(SegmentLayout.range(sector, length / Sectors.SIZE), SegmentLayout.data(moffset));
                appendEntries();
                sector += length / Sectors.SIZE;
            }
        } finally {
            src.limit(limit);
            writing.unlock();
        }
    }

    /** Makes a range of whole sectors read as zeros. */
    void discard(long offset, long length) throws IOException {
        writing.lock();
        try {
            long sector = offset / Sectors.SIZE;
            long end = sector + length / Sectors.SIZE;
            long mapping = SegmentLayout.zeroed(data.size() / Sectors.SIZE);
            while (sector < end) {
                int count = (int) Math.min(end - sector, SegmentLayout.MAX_LENGTH);
                newEntries.add(SegmentLayout.range(sector, count), mapping);
                sector += count;
                if (sector == end || newEntries.size() == MAX_ENTRIES_AT_ONCE) {
                    appendEntries();
                }
            }
        } finally {
            writing.unlock();
        }
    }

    private void appendEntries() throws IOException {
        try {
            newEntries.encode(0, newEntries.size(), newBytes.clear());
            index.append(newBytes.flip());
            long stamp = mapLock.writeLock();
            try {
                for (int i = 0; i < newEntries.size(); i++) {
                    map.insert(newEntries.range(i), newEntries.mapping(i));
                }
            } finally {
                mapLock.unlockWrite(stamp);
            }
        } finally {
            newEntries.clear();
        }
    }

    /** Returns when everything written before is on stable storage: data first, then the index that refers to it. */
    void flush() throws IOException {
        data.sync();
        index.sync();
    }

    /** Writes the live data of this layer to a new file, see {@link #commit(BlobTarget, LayerOptions)}. */
    public void commit(Path file, LayerOptions options) throws IOException {
        commit(BlobTarget.newFile(file), options);
    }

    /** Writes the live data of this layer, without that of the layers below. */
    public void commit(BlobTarget target, LayerOptions options) throws IOException {
        writing.lock();
        try {
            new LayerCommit(map.toList(), data, header).to(target, options);
        } finally {
            writing.unlock();
        }
    }

    /**
     * Turns the data file into a read-only layer by appending index and trailer, on stable storage when this returns. The
     * layer must not be written any more; the index file is not needed any more.
     */
    public void seal() throws IOException {
        writing.lock();
        try {
            SegmentList entries = map.toList();
            LayerFile.checkCount(entries.size(), data.name());
            long indexOffset = data.size();
            int bytes = Math.ceilDiv(entries.size() * SegmentLayout.SIZE, Sectors.SIZE) * Sectors.SIZE;
            ByteBuffer sealed = ByteBuffer.allocateDirect(bytes);
            entries.encode(0, entries.size(), sealed);
            data.append(sealed.clear());
            data.append(header.withFlags(LayerHeader.DATA_FILE | LayerHeader.SEALED)
                    .withIndex(indexOffset, entries.size())
                    .encode());
            data.sync();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        try (data;
                index) {
            // Both are closed, whatever the first one throws.
        }
    }
}
