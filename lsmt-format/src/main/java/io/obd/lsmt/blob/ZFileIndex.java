package io.obd.lsmt.blob;

import static io.obd.lsmt.blob.ZFileHeader.DATA_FILE;
import static io.obd.lsmt.blob.ZFileHeader.DIGESTS;
import static io.obd.lsmt.blob.ZFileHeader.HEADER;
import static io.obd.lsmt.blob.ZFileHeader.OVERWRITTEN;
import static io.obd.lsmt.blob.ZFileHeader.SEALED;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.Crc32c;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What is known of a ZFile before its blocks are read.
 *
 * @param header the header, or the trailer where the header does not state the index fields; checked
 * @param table where the blocks are; checked
 */
record ZFileIndex(ZFileHeader header, JumpTable table) {
    private static final int TABLE_CHUNK = 1 << 20;
    private static final long MAX_BLOCKS = 1_000_000_000;

    /** Whether {@code source} starts as a ZFile does. */
    static boolean isPresent(BlobReader source) throws IOException {
        if (source.size() < ZFileHeader.SIZE) {
            return false;
        }
        ByteBuffer block = readBlock(source, 0);
        return ZFileHeader.isPresent(block) && ZFileHeader.decode(block).has(HEADER);
    }

    /** @throws CorruptBlobException if a check of header, trailer or jump table fails */
    static ZFileIndex read(BlobReader source) throws IOException {
        ZFileHeader header = header(source);
        long limit = source.size();
        long position = 0;
        if (!header.has(OVERWRITTEN)) {
            limit -= ZFileHeader.SIZE;
            position = limit;
            header = trailer(source, limit);
        }
        check(header, source, position, limit);
        return new ZFileIndex(header, table(header, source, position));
    }

    private static ZFileHeader header(BlobReader source) throws IOException {
        if (source.size() < ZFileHeader.SIZE) {
            throw new CorruptBlobException(
                    source.name(), 0, "ZFile header: " + ZFileHeader.SIZE + " bytes wanted, file has " + source.size());
        }
        ZFileHeader header = decode(source, "header", 0);
        if (!header.has(HEADER)) {
            throw new CorruptBlobException(
                    source.name(),
                    ZFileHeader.FLAGS_OFFSET,
                    "ZFile header: flags " + flags(header) + " are a trailer's");
        }
        return header;
    }

    private static ZFileHeader trailer(BlobReader source, long position) throws IOException {
        if (position < ZFileHeader.SIZE) {
            throw new CorruptBlobException(source.name(), 0, "ZFile trailer: no room for one");
        }
        ZFileHeader trailer = decode(source, "trailer", position);
        if (trailer.has(HEADER) || !trailer.has(DATA_FILE) || !trailer.has(SEALED)) {
            throw new CorruptBlobException(
                    source.name(),
                    position + ZFileHeader.FLAGS_OFFSET,
                    "ZFile trailer: flags " + flags(trailer) + " are not those of a sealed data file's trailer");
        }
        return trailer;
    }

    private static ZFileHeader decode(BlobReader source, String what, long position) throws IOException {
        ByteBuffer block = readBlock(source, position);
        if (!ZFileHeader.isPresent(block)) {
            throw new CorruptBlobException(source.name(), position, "ZFile " + what + ": magic not found");
        }
        int size = ZFileHeader.statedSize(block);
        if (size != ZFileHeader.USED) {
            throw new CorruptBlobException(
                    source.name(),
                    position + ZFileHeader.SIZE_OFFSET,
                    "ZFile " + what + ": size is " + size + ", not " + ZFileHeader.USED);
        }
        ZFileHeader header = ZFileHeader.decode(block);
        if (header.has(DIGESTS)) {
            int expected = ZFileHeader.statedDigest(block);
            int found = ZFileHeader.digest(block);
            if (found != expected) {
                throw new CorruptBlobException(
                        source.name(),
                        position + ZFileHeader.DIGEST_OFFSET,
                        String.format("ZFile %s: digest is %08x, stored is %08x", what, found, expected));
            }
        }
        return header;
    }

    private static void check(ZFileHeader header, BlobReader source, long position, long limit)
            throws CorruptBlobException {
        HeaderChecks checks = new HeaderChecks(source.name(), position);
        checks.that(
                ZFileOptions.isBlockSize(header.blockSize()),
                ZFileHeader.BLOCK_SIZE_OFFSET,
                "block_size is " + Integer.toUnsignedString(header.blockSize())
                        + ", not a power of two from 4096 to 65536");
        checks.that(
                !header.usesDictionary() && header.dictionarySize() == 0,
                ZFileHeader.USE_DICTIONARY_OFFSET,
                "it uses a dictionary, which no known writer makes");
        checks.that(
                header.originalSize() >= 0,
                ZFileHeader.ORIGINAL_SIZE_OFFSET,
                "original_file_size is " + Long.toUnsignedString(header.originalSize()));
        checks.that(
                header.indexSize() >= 0 && header.indexSize() <= MAX_BLOCKS,
                ZFileHeader.INDEX_SIZE_OFFSET,
                "index_size is " + Long.toUnsignedString(header.indexSize()) + ", the limit is " + MAX_BLOCKS);
        long blocks = Math.ceilDiv(header.originalSize(), (long) header.blockSize());
        checks.that(
                header.indexSize() == blocks,
                ZFileHeader.INDEX_SIZE_OFFSET,
                "index_size is " + header.indexSize() + ", but original_file_size makes " + blocks + " blocks");
        checks.that(
                header.indexOffset() >= ZFileHeader.SIZE
                        && header.indexOffset() <= limit
                        && header.indexSize() * Integer.BYTES <= limit - header.indexOffset(),
                ZFileHeader.INDEX_OFFSET_OFFSET,
                "jump table of " + header.indexSize() + " entries at byte "
                        + Long.toUnsignedString(header.indexOffset()) + " does not lie before byte " + limit);
        checks.that(
                header.algorithm() == ZFileHeader.LZ4 || header.algorithm() == ZFileHeader.ZSTD,
                ZFileHeader.ALGORITHM_OFFSET,
                "algo is " + header.algorithm() + ", neither lz4 (1) nor zstd (2)");
    }

    private static JumpTable table(ZFileHeader header, BlobReader source, long position) throws IOException {
        int minimum = header.verify() ? Integer.BYTES : 0;
        int maximum = header.maxStoredLength();
        JumpTable table = new JumpTable(ZFileHeader.SIZE);
        Crc32c crc = new Crc32c(0);
        long end = header.indexOffset() + header.indexSize() * Integer.BYTES;
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(TABLE_CHUNK, end - header.indexOffset()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long at = header.indexOffset(); at < end; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
            source.read(at, chunk);
            crc.update(chunk.flip());
            for (int i = 0; i < chunk.limit(); i += Integer.BYTES) {
                int length = chunk.getInt(i);
                if (length <= minimum || length > maximum) {
                    throw new CorruptBlobException(
                            source.name(),
                            at + i,
                            "ZFile jump table: block " + table.count() + " has " + Integer.toUnsignedString(length)
                                    + " bytes, not " + (minimum + 1) + " to " + maximum);
                }
                table.add(length);
            }
        }
        if (header.has(DIGESTS) && crc.value() != header.indexCrc()) {
            throw new CorruptBlobException(
                    source.name(),
                    header.indexOffset(),
                    String.format(
                            "ZFile jump table: CRC is %08x, stored at byte %d is %08x",
                            crc.value(), position + ZFileHeader.INDEX_CRC_OFFSET, header.indexCrc()));
        }
        if (table.end() > header.indexOffset()) {
            throw new CorruptBlobException(
                    source.name(),
                    header.indexOffset(),
                    "ZFile jump table: blocks end at byte " + table.end() + ", after the start of the table");
        }
        return table;
    }

    private static String flags(ZFileHeader header) {
        return "0x" + Long.toHexString(header.flags());
    }

    private static ByteBuffer readBlock(BlobReader source, long position) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(ZFileHeader.SIZE);
        source.read(position, block);
        return block.flip();
    }

    private record HeaderChecks(String blob, long position) {
        void that(boolean holds, int field, String otherwise) throws CorruptBlobException {
            if (!holds) {
                throw new CorruptBlobException(blob, position + field, "ZFile: " + otherwise);
            }
        }
    }
}
