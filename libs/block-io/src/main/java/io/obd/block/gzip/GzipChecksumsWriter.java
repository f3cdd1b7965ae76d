package io.obd.block.gzip;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Takes the checksums of a stream that is being indexed. An entry of the index is the end of a span, and may be found a
 * boundary of blocks too late: so they are taken from the last boundary on as well.
 */
final class GzipChecksumsWriter {
    private final ByteArrayOutputStream checksums = new ByteArrayOutputStream();
    private PieceChecksums sinceEntry = new PieceChecksums();
    private PieceChecksums sinceBoundary = new PieceChecksums();

    /** Takes in what was decompressed. */
    void update(ByteBuffer bytes) {
        sinceEntry.update(bytes.duplicate());
        sinceBoundary.update(bytes);
    }

    /** There is a boundary here, which is no entry, nor is the one before. */
    void boundary() {
        sinceEntry.mark();
        sinceBoundary = new PieceChecksums();
    }

    /** There is a boundary here, and that before it is an entry. */
    void entryBefore() {
        checksums.writeBytes(sinceEntry.toMark());
        sinceEntry = sinceBoundary;
        boundary();
    }

    /** There is a boundary here, which is an entry. */
    void entryHere() {
        sinceEntry.mark();
        checksums.writeBytes(sinceEntry.toMark());
        sinceEntry = new PieceChecksums();
        boundary();
    }

    /** The stream ends here. */
    void finish(Path file, long uncompressedSize) throws IOException {
        entryHere();
        ByteBuffer bytes = ByteBuffer.allocate(
                        GzipChecksumsLayout.HEADER_SIZE + checksums.size() + GzipChecksumsLayout.CHECKSUM_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(GzipChecksumsLayout.MAGIC_OFFSET, GzipChecksumsLayout.MAGIC)
                .putInt(GzipChecksumsLayout.VERSION_OFFSET, GzipChecksumsLayout.VERSION)
                .putInt(GzipChecksumsLayout.PIECE_OFFSET, GzipChecksumsLayout.PIECE)
                .putLong(GzipChecksumsLayout.UNCOMPRESSED_SIZE_OFFSET, uncompressedSize)
                .put(GzipChecksumsLayout.HEADER_SIZE, checksums.toByteArray());
        int end = GzipChecksumsLayout.HEADER_SIZE + checksums.size();
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, end));
        bytes.putInt(end, (int) crc.getValue());
        Files.write(file, bytes.array(), StandardOpenOption.CREATE_NEW);
    }
}
