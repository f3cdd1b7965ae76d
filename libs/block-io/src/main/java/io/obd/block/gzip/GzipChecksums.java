package io.obd.block.gzip;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Checksums of what a gzip stream is decompressed to, in the pieces in which it is. */
final class GzipChecksums {
    /** As many as the spans of the largest index have. */
    private static final long MAX_CHECKSUMS = 1 << 24;

    private final ByteBuffer checksums;

    /** Number of the first checksum of each span. */
    private final int[] first;

    private GzipChecksums(ByteBuffer checksums, int[] first) {
        this.checksums = checksums;
        this.first = first;
    }

    /**
     * Reads the checksums that belong to an index.
     *
     * @param file not needed any more afterwards
     * @throws CorruptBlobException if they are damaged, or those of another stream; says what, and where
     */
    static GzipChecksums read(BlobReader file, GzipIndex index) throws IOException {
        int[] first = new int[index.spans()];
        long count = 0;
        for (int span = 0; span < first.length; span++) {
            first[span] = (int) count;
            count += Math.ceilDiv(index.end(span) - index.start(span), GzipChecksumsLayout.PIECE);
            if (count > MAX_CHECKSUMS) {
                throw corrupt(file, 0, "the index says that there are more than " + MAX_CHECKSUMS);
            }
        }
        int end = GzipChecksumsLayout.HEADER_SIZE + (int) count * GzipChecksumsLayout.CHECKSUM_SIZE;
        if (file.size() != end + GzipChecksumsLayout.CHECKSUM_SIZE) {
            throw corrupt(
                    file, 0, "the index says that there are " + count + ", and the file has " + file.size() + " bytes");
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(end + GzipChecksumsLayout.CHECKSUM_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, bytes);
        check(file, bytes, end, index);
        return new GzipChecksums(bytes, first);
    }

    private static void check(BlobReader file, ByteBuffer bytes, int end, GzipIndex index) throws CorruptBlobException {
        if (bytes.getLong(GzipChecksumsLayout.MAGIC_OFFSET) != GzipChecksumsLayout.MAGIC) {
            throw corrupt(file, GzipChecksumsLayout.MAGIC_OFFSET, "magic not found");
        }
        if (bytes.getInt(end) != crc(bytes.slice(0, end))) {
            throw corrupt(file, end, "CRC of the file is wrong");
        }
        int version = bytes.getInt(GzipChecksumsLayout.VERSION_OFFSET);
        int piece = bytes.getInt(GzipChecksumsLayout.PIECE_OFFSET);
        if (version != GzipChecksumsLayout.VERSION || piece != GzipChecksumsLayout.PIECE) {
            throw corrupt(
                    file,
                    GzipChecksumsLayout.VERSION_OFFSET,
                    "version " + version + " with pieces of " + piece + " bytes");
        }
        long size = bytes.getLong(GzipChecksumsLayout.UNCOMPRESSED_SIZE_OFFSET);
        if (size != index.uncompressedSize()) {
            throw corrupt(
                    file,
                    GzipChecksumsLayout.UNCOMPRESSED_SIZE_OFFSET,
                    "they are of a stream of " + size + " bytes, not " + index.uncompressedSize());
        }
    }

    /**
     * Checks a piece of a span.
     *
     * @param bytes the piece; used up
     * @throws MalformedBlockException if it is not what was decompressed when the index was made
     */
    void check(int span, int piece, ByteBuffer bytes) throws MalformedBlockException {
        int stored = checksums.getInt(
                GzipChecksumsLayout.HEADER_SIZE + (first[span] + piece) * GzipChecksumsLayout.CHECKSUM_SIZE);
        int crc = crc(bytes);
        if (crc != stored) {
            throw new MalformedBlockException(
                    "piece " + piece + " has CRC-32C %08x, and had %08x at conversion".formatted(crc, stored));
        }
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static CorruptBlobException corrupt(BlobReader file, long at, String problem) {
        return new CorruptBlobException(file.name(), at, "checksums of a gzip stream: " + problem);
    }
}
