package io.obd.lsmt;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/**
 * What an LSMT file says in its first block of itself.
 *
 * @param kind what file it is
 * @param virtualSize size of the virtual disk in bytes; 0 if it is that of the layers below
 * @param uuid identity of the layer, the nil UUID if it has none
 * @param parentUuid identity of the layer below, the nil UUID if none is named
 * @param userTag free text that its builder left
 */
public record FileHeader(Kind kind, long virtualSize, UUID uuid, UUID parentUuid, String userTag) {

    /** The files that begin with such a block. */
    public enum Kind {
        /** A read-only layer, written as one. */
        COMMITTED("committed layer"),
        /** A read-only layer that was the data file of a log-structured one. */
        SEALED_LOG("sealed layer, was a log"),
        /** A read-only layer that was the data file of a sparse one. */
        SEALED_SPARSE("sealed layer, was sparse"),
        /** The data file of a log-structured writable layer. */
        LOG_DATA("data file of a writable layer, a log"),
        /** The data file of a sparse writable layer. */
        SPARSE_DATA("data file of a writable layer, sparse"),
        /** The index file of a writable layer, log-structured or TurboOCI. */
        INDEX("index file of a writable layer");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        /** Whether the file is a layer of its own and not half of a writable one. */
        public boolean isReadOnly() {
            return this == COMMITTED || this == SEALED_LOG || this == SEALED_SPARSE;
        }

        @Override
        public String toString() {
            return description;
        }
    }

    /**
     * Reads the first block, and the last one to tell a sealed layer from a writable one. No more is checked.
     *
     * @param file without tar wrapper and compression
     * @return empty if it does not begin as an LSMT file does
     * @throws CorruptBlobException if it does, and its header makes no sense
     */
    public static Optional<FileHeader> read(BlobReader file) throws IOException {
        if (file.size() < LayerHeader.SIZE || !LayerHeader.isPresent(block(file, 0))) {
            return Optional.empty();
        }
        LayerHeader header = LayerHeader.decode(block(file, 0), "header", file.name(), 0);
        if (!header.has(LayerHeader.HEADER)) {
            throw new CorruptBlobException(
                    file.name(), LayerHeader.FLAGS_OFFSET, "LSMT header: flags are those of a trailer");
        }
        return Optional.of(new FileHeader(
                kind(header, file), header.virtualSize(), header.uuid(), header.parentUuid(), header.userTag()));
    }

    private static Kind kind(LayerHeader header, BlobReader file) throws IOException {
        boolean sparse = header.has(LayerHeader.SPARSE);
        if (!header.has(LayerHeader.DATA_FILE)) {
            return Kind.INDEX;
        }
        if (header.has(LayerHeader.SEALED)) {
            return Kind.COMMITTED;
        }
        if (hasTrailer(file)) {
            return sparse ? Kind.SEALED_SPARSE : Kind.SEALED_LOG;
        }
        return sparse ? Kind.SPARSE_DATA : Kind.LOG_DATA;
    }

    private static boolean hasTrailer(BlobReader file) throws IOException {
        long position = file.size() - LayerHeader.SIZE;
        return position >= LayerHeader.SIZE && LayerHeader.isPresent(block(file, position));
    }

    private static ByteBuffer block(BlobReader file, long position) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(LayerHeader.SIZE);
        file.read(position, block);
        return block.flip();
    }
}
