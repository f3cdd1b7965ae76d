package io.obd.lsmt;

import io.obd.block.CorruptBlobException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The two files of a writable layer.
 *
 * @param data what is written
 * @param index where it belongs; empty in a sparse layer
 */
record WritablePair(WritableFile data, WritableFile index) implements Closeable {

    /** Makes two new files; neither must exist. */
    static WritablePair create(Path data, Path index) throws IOException {
        WritableFile dataFile = WritableFile.create(data);
        try {
            return new WritablePair(dataFile, WritableFile.create(index));
        } catch (IOException e) {
            dataFile.close();
            Files.delete(data);
            throw e;
        }
    }

    /** Opens two files. */
    static WritablePair open(Path data, Path index) throws IOException {
        return open(data, index, WritableFile::open);
    }

    /** Opens two files, which may be in use, only to read them. */
    static WritablePair openForReading(Path data, Path index) throws IOException {
        return open(data, index, WritableFile::openForReading);
    }

    private interface Opener {
        WritableFile open(Path file) throws IOException;
    }

    private static WritablePair open(Path data, Path index, Opener opener) throws IOException {
        WritableFile dataFile = opener.open(data);
        try {
            return new WritablePair(dataFile, opener.open(index));
        } catch (IOException e) {
            dataFile.close();
            throw e;
        }
    }

    /**
     * Whether these are the files of a TurboOCI layer: the index has a header and the data has none, not even a damaged
     * one, which would still have the names that are in the index.
     */
    boolean isTurboOci() throws IOException {
        if (index.size() < LayerHeader.SIZE) {
            return false;
        }
        ByteBuffer indexBlock = block(index);
        if (data.size() < LayerHeader.SIZE) {
            return data.size() == 0 && LayerHeader.isPresent(indexBlock);
        }
        ByteBuffer dataBlock = block(data);
        return LayerHeader.isPresent(indexBlock)
                && !LayerHeader.isPresent(dataBlock)
                && !LayerHeader.sameUuids(indexBlock, dataBlock);
    }

    /** The header of the data file, checked. */
    LayerHeader dataHeader() throws IOException {
        LayerHeader header = header(data);
        check(
                data,
                header.has(LayerHeader.HEADER) && header.has(LayerHeader.DATA_FILE),
                LayerHeader.FLAGS_OFFSET,
                "LSMT header: flags 0x" + Integer.toHexString(header.flags())
                        + " are not those of a data file's header");
        check(
                data,
                !header.has(LayerHeader.SEALED),
                LayerHeader.FLAGS_OFFSET,
                "LSMT header: this is a committed layer, or one that a snapshot sealed");
        return header;
    }

    /**
     * The header of the index file, checked. Its size of the disk is not compared with the data file's, which counts: a
     * crash while both are rewritten leaves two sizes.
     */
    LayerHeader indexHeader() throws IOException {
        LayerHeader header = header(index);
        check(
                index,
                header.has(LayerHeader.HEADER) && !header.has(LayerHeader.DATA_FILE) && !header.has(LayerHeader.SEALED),
                LayerHeader.FLAGS_OFFSET,
                "LSMT index header: flags 0x" + Integer.toHexString(header.flags())
                        + " are not those of an index file's header");
        check(
                index,
                header.indexOffset() == LayerHeader.SIZE,
                LayerHeader.INDEX_OFFSET_OFFSET,
                "LSMT index header: index_offset is " + Long.toUnsignedString(header.indexOffset()) + ", not "
                        + LayerHeader.SIZE);
        return header;
    }

    private static LayerHeader header(WritableFile file) throws IOException {
        if (file.size() < LayerHeader.SIZE) {
            throw new CorruptBlobException(
                    file.name(), 0, "LSMT header: " + LayerHeader.SIZE + " bytes wanted, file has " + file.size());
        }
        LayerHeader header = LayerHeader.decode(block(file), "header", file.name(), 0);
        check(
                file,
                Sectors.isSize(header.virtualSize()),
                LayerHeader.VIRTUAL_SIZE_OFFSET,
                "LSMT header: virtual_size " + Long.toUnsignedString(header.virtualSize()) + " is no size of a disk");
        return header;
    }

    private static ByteBuffer block(WritableFile file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(LayerHeader.SIZE);
        file.read(0, block);
        return block.flip();
    }

    private static void check(WritableFile file, boolean holds, long at, String otherwise) throws CorruptBlobException {
        if (!holds) {
            throw new CorruptBlobException(file.name(), at, otherwise);
        }
    }

    /** Rewrites the size in the header of a file and leaves the rest of it as it is. */
    static void writeVirtualSize(WritableFile file, long size) throws IOException {
        ByteBuffer field = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.write(LayerHeader.VIRTUAL_SIZE_OFFSET, field.putLong(0, size));
    }

    /** Rewrites the flags in the header of a file and leaves the rest of it as it is. */
    static void writeFlags(WritableFile file, int flags) throws IOException {
        ByteBuffer field = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.write(LayerHeader.FLAGS_OFFSET, field.putInt(0, flags));
    }

    /** Returns when everything written before is on stable storage: data first, then the index that refers to it. */
    void sync() throws IOException {
        data.sync();
        index.sync();
    }

    /** Closes and removes both files. */
    void delete() throws IOException {
        close();
        Files.delete(data.path());
        Files.delete(index.path());
    }

    @Override
    public void close() throws IOException {
        try (data;
                index) {
            // Both are closed, whatever the first one throws.
        }
    }
}
