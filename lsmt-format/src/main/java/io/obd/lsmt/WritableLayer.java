package io.obd.lsmt;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.lsmt.blob.BlobTarget;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer that is being written, made of a data file and an index file. It is written as the top of a {@link
 * LayeredImage}; commit, seal and the sizes are its own.
 *
 * <p>{@code writing} is held by the one that changes the layer, over I/O. Reading takes no lock over I/O.
 */
public abstract sealed class WritableLayer implements Closeable permits LogLayer, SparseLayer, TurboOciLayer {
    /** How a writable layer keeps what is written. */
    public enum Kind {
        /** Appends to the data file and logs in the index file where it belongs. */
        LOG,
        /** Keeps each byte at its place in a data file with holes; the index file is empty. */
        SPARSE,
        /**
         * Keeps what is written at its place in a plain file, and logs in the index file where it is and which ranges
         * are those of the original layer.
         */
        TURBO_OCI
    }

    private static final Logger log = LoggerFactory.getLogger(WritableLayer.class);

    /** Takes a part of a write, all that {@code part} has left, at a sector of the disk. */
    interface PartWriter {
        void write(long sector, ByteBuffer part) throws IOException;
    }

    /** What is written at once, in bytes: a longer write becomes several entries, as in the original. */
    static final int MAX_WRITE = 4 << 20;

    final LiveIndex index;
    private final WritablePair files;
    private final DataReader[] sources;
    private final ReentrantLock writing = new ReentrantLock();
    private volatile LayerHeader header;

    /** @param sources where data is, by the tag of the entry */
    WritableLayer(WritablePair files, LayerHeader header, LiveIndex index, DataReader... sources) {
        this.files = files;
        this.header = header;
        this.index = index;
        this.sources = sources;
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
    public static WritableLayer create(Kind kind, Path data, Path index, long virtualSize, UUID parentUuid)
            throws IOException {
        if (!Sectors.isSize(virtualSize)) {
            throw new IllegalArgumentException(virtualSize + " bytes are no size of a disk");
        }
        LayerHeader header = new LayerHeader(LayerHeader.HEADER, 0, 0, virtualSize, UUID.randomUUID(), parentUuid, "");
        WritablePair files = WritablePair.create(data, index);
        try {
            return switch (kind) {
                case LOG -> LogLayer.create(files, header);
                case SPARSE -> SparseLayer.create(files, header);
                case TURBO_OCI -> TurboOciLayer.create(files, header);
            };
        } catch (IOException e) {
            files.delete();
            throw e;
        }
    }

    /**
     * Opens a layer of any kind that was written before. After a crash the end of the index may be torn, or refer to data
     * that never reached the disk: it is cut off there, with a warning.
     *
     * @throws CorruptBlobException if a check of the headers or of the index fails; says which one, and where
     */
    public static WritableLayer open(Path data, Path index) throws IOException {
        return open(data, index, null);
    }

    /**
     * Opens a layer of any kind that was written before, as {@link #open(Path, Path)} does.
     *
     * @param target the uncompressed original layer that a TurboOCI layer refers to, closed with the layer; null if none
     *     of its ranges will be read. Other kinds have none.
     */
    public static WritableLayer open(Path data, Path index, @Nullable BlobReader target) throws IOException {
        WritablePair files = WritablePair.open(data, index);
        try {
            if (files.isTurboOci()) {
                return TurboOciLayer.open(files, target);
            }
            if (target != null) {
                throw new UnsupportedLayerException(
                        files.data().name(), 0, "a target is given, but this is no TurboOCI layer");
            }
            return open(files);
        } catch (IOException e) {
            files.close();
            throw e;
        }
    }

    /** Opens a layer that is no TurboOCI layer. */
    private static WritableLayer open(WritablePair files) throws IOException {
        LayerHeader header = files.dataHeader();
        return header.has(LayerHeader.SPARSE) ? SparseLayer.open(files, header) : LogLayer.open(files, header);
    }

    /**
     * Opens a log or sparse layer as a read-only one. Its files are not changed, whatever a crash has left at their ends.
     * They may be in use: then what is written from now on may be seen or not, and in a sparse layer half of it.
     *
     * @throws CorruptBlobException if a check of the headers or of the index fails; says which one, and where
     * @throws UnsupportedLayerException if it is a TurboOCI layer
     */
    public static Layer openForReading(Path data, Path index) throws IOException {
        WritablePair files = WritablePair.openForReading(data, index);
        try (WritableFile _ = files.index()) {
            if (files.isTurboOci()) {
                throw new UnsupportedLayerException(
                        files.data().name(), 0, "TurboOCI writable layer: its original layer is not given");
            }
            WritableLayer layer = open(files);
            return Layer.of(files.data(), layer.header, layer.entries());
        } catch (IOException e) {
            files.data().close();
            throw e;
        }
    }

    /** How this layer keeps what is written. */
    public abstract Kind kind();

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

    /** Changes the size of the virtual disk, in the files too, on stable storage when this returns. */
    void resize(long virtualSize) throws IOException {
        writing.lock();
        try {
            writeSize(files, virtualSize);
            header = header.withVirtualSize(virtualSize);
            files.sync();
        } finally {
            writing.unlock();
        }
    }

    /** Lets sectors be written that are past the end of the disk, which is about to grow. */
    void makeRoom(long virtualSize) throws IOException {}

    abstract void writeSize(WritablePair pair, long virtualSize) throws IOException;

    /**
     * Reads from {@code sector} on as far as this layer has one answer.
     *
     * @return as {@link LiveIndex#readRun}
     */
    int readRun(long sector, ByteBuffer dst) throws IOException {
        return index.readRun(sector, dst, sources);
    }

    /**
     * Takes the remaining bytes of {@code src}, whole sectors, as the content from byte {@code offset} on.
     *
     * @param below the layers that this one stands on
     */
    void write(long offset, ByteBuffer src, LayerStack below) throws IOException {
        writing.lock();
        try {
            doWrite(offset / Sectors.SIZE, src, below);
        } finally {
            writing.unlock();
        }
    }

    abstract void doWrite(long sector, ByteBuffer src, LayerStack below) throws IOException;

    /** Hands over a write in parts of {@link #MAX_WRITE} at most. */
    static void inParts(long start, ByteBuffer src, PartWriter writer) throws IOException {
        int limit = src.limit();
        long sector = start;
        try {
            while (src.position() < limit) {
                int length = Math.min(limit - src.position(), MAX_WRITE);
                writer.write(sector, src.limit(src.position() + length));
                sector += length / Sectors.SIZE;
            }
        } finally {
            src.limit(limit);
        }
    }

    /** Makes a range of whole sectors read as zeros. */
    void discard(long offset, long length, LayerStack below) throws IOException {
        writing.lock();
        try {
            doDiscard(offset / Sectors.SIZE, length / Sectors.SIZE, below);
        } finally {
            writing.unlock();
        }
    }

    abstract void doDiscard(long sector, long sectors, LayerStack below) throws IOException;

    /** Makes a range of whole sectors that of the original layer from byte {@code targetOffset} on. */
    void mapRemote(long offset, long length, long targetOffset) throws IOException {
        writing.lock();
        try {
            doMapRemote(offset / Sectors.SIZE, length / Sectors.SIZE, targetOffset / Sectors.SIZE);
        } finally {
            writing.unlock();
        }
    }

    /** Kinds but TurboOCI refuse. */
    void doMapRemote(long sector, long sectors, long targetSector) throws IOException {
        throw new UnsupportedLayerException(
                files.data().name(), 0, "only a TurboOCI layer can refer to the original layer");
    }

    /** The first sector at or after {@code sector} that this layer says something of, {@link Long#MAX_VALUE} if none. */
    long nextEntry(long sector) {
        return index.next(sector);
    }

    /** Returns when everything written before is on stable storage: data first, then the index that refers to it. */
    void flush() throws IOException {
        files.sync();
    }

    /** The entries inside the disk, in ascending order. */
    SegmentList entries() {
        long size = header.virtualSize();
        return index.before(size == 0 ? SegmentLayout.MAX_OFFSET : size / Sectors.SIZE);
    }

    /** Writes the live data of this layer to a new file, see {@link #commit(BlobTarget, LayerOptions)}. */
    public void commit(Path file, LayerOptions options) throws IOException {
        commit(BlobTarget.newFile(file), options);
    }

    /**
     * Writes the live data of this layer, without that of the layers below. Nothing is written to the layer meanwhile: who
     * tries waits.
     */
    public void commit(BlobTarget target, LayerOptions options) throws IOException {
        writing.lock();
        try {
            commit(header, sources).to(target, options);
        } finally {
            writing.unlock();
        }
    }

    LayerCommit commit(LayerHeader from, DataReader[] data) {
        return LayerCommit.of(entries(), data, from);
    }

    /**
     * Turns the data file into a read-only layer by appending index and trailer, on stable storage when this returns. The
     * layer must not be written any more; the index file is not needed any more.
     *
     * @throws UnsupportedLayerException if this is a TurboOCI layer, which can only be committed
     */
    public void seal() throws IOException {
        writing.lock();
        try {
            seal(files.data(), header);
        } finally {
            writing.unlock();
        }
    }

    void seal(WritableFile data, LayerHeader from) throws IOException {
        SegmentList entries = entries();
        LayerFile.checkCount(entries.size(), data.name());
        long indexOffset = data.size();
        int bytes = Math.ceilDiv(entries.size() * SegmentLayout.SIZE, Sectors.SIZE) * Sectors.SIZE;
        ByteBuffer sealed = ByteBuffer.allocateDirect(bytes);
        entries.encode(0, entries.size(), sealed);
        data.append(sealed.clear());
        int sparse = from.flags() & LayerHeader.SPARSE;
        data.append(from.withFlags(LayerHeader.DATA_FILE | LayerHeader.SEALED | sparse)
                .withIndex(indexOffset, entries.size())
                .encode());
        data.sync();
    }

    /**
     * Seals this layer and opens it for reading. Whoever still reads this object may go on; only the layer returned is to be
     * closed.
     *
     * @param commit called when the layer is sealed; if it throws, the layer is what it was before
     */
    Layer toLayer(LayeredImage.SnapshotCommit commit) throws IOException {
        long size = files.data().size();
        Layer layer;
        try {
            seal();
            layer = Layer.open(files.data());
            commit.run();
        } catch (IOException | RuntimeException e) {
            files.data().resize(size);
            throw e;
        }
        retire();
        return layer;
    }

    /**
     * Marks the sealed layer, so that nobody opens it for writing, and lets go of what reading does not need. The layer is
     * good without that: a failure is told and no more.
     */
    private void retire() {
        try {
            WritablePair.writeFlags(files.data(), header.flags() | LayerHeader.SEALED);
            files.data().sync();
            files.index().close();
        } catch (IOException e) {
            log.warn(
                    "{}: the sealed layer could not be marked as such: {}",
                    files.data().name(),
                    e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        files.close();
    }
}
