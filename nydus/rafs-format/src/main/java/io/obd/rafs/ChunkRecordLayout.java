package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A chunk as both versions store it, 80 bytes.
 *
 * <pre>
 *  0 digest[32]                  32 u32 blob index          36 u32 flags
 * 40 u32 compressed size         44 u32 uncompressed size   48 u64 compressed offset   56 u64 uncompressed offset
 * 64 u64 offset in the file      72 u32 index in the blob   76 u32 CRC-32C
 * </pre>
 */
final class ChunkRecordLayout {
    static final int SIZE = 80;

    static final int COMPRESSED = 0x1;
    static final int HAS_CRC32C = 0x10;

    private static final int ENCRYPTED = 0x4;
    private static final int BATCH = 0x8;
    private static final int KNOWN = COMPRESSED | BATCH | HAS_CRC32C;

    private static final int DIGEST = 0;
    private static final int BLOB = 32;
    private static final int FLAGS = 36;
    private static final int COMPRESSED_SIZE = 40;
    private static final int UNCOMPRESSED_SIZE = 44;
    private static final int COMPRESSED_OFFSET = 48;
    private static final int UNCOMPRESSED_OFFSET = 56;
    private static final int FILE_OFFSET = 64;
    private static final int INDEX = 72;
    private static final int CRC32C = 76;

    private ChunkRecordLayout() {}

    /** Decodes a chunk and checks it against its blob. */
    static Chunk decode(MetadataBytes in, long at, List<BlobInfo> blobs) throws CorruptBlobException {
        in.range(at, SIZE, "a chunk");
        int index = in.count(at + BLOB, "the blob of a chunk");
        if (index >= blobs.size()) {
            throw in.broken(at + BLOB, "a chunk in blob " + index + " of " + blobs.size());
        }
        Chunk chunk = new Chunk(
                in.string(at + DIGEST, Digester.LENGTH, "a digest"),
                index,
                in.count(at + INDEX, "the index of a chunk"),
                in.i32(at + FLAGS),
                in.position(at + COMPRESSED_OFFSET, "the offset of a chunk"),
                in.count(at + COMPRESSED_SIZE, "the size of a chunk"),
                in.position(at + UNCOMPRESSED_OFFSET, "the uncompressed offset of a chunk"),
                in.count(at + UNCOMPRESSED_SIZE, "the uncompressed size of a chunk"),
                in.i32(at + CRC32C));
        check(in, at, chunk, blobs.get(index));
        return chunk;
    }

    private static void check(MetadataBytes in, long at, Chunk chunk, BlobInfo blob) throws CorruptBlobException {
        if ((chunk.flags() & ENCRYPTED) != 0) {
            throw in.broken(at + FLAGS, "an encrypted chunk, which is not supported");
        }
        if ((chunk.flags() & ~KNOWN) != 0) {
            throw in.broken(at + FLAGS, "unknown flags of a chunk: 0x" + Integer.toHexString(chunk.flags()));
        }
        if (chunk.uncompressedSize() == 0 || chunk.uncompressedSize() > blob.chunkSize()) {
            throw in.broken(
                    at + UNCOMPRESSED_SIZE,
                    "a chunk of " + chunk.uncompressedSize() + " bytes in a blob with chunks of " + blob.chunkSize());
        }
        if (chunk.index() >= blob.chunkCount() && blob.chunkCount() > 0) {
            throw in.broken(at + INDEX, "chunk " + chunk.index() + " of a blob with " + blob.chunkCount());
        }
        if (!isInside(chunk.compressedOffset(), chunk.compressedSize(), blob.compressedSize())) {
            throw in.broken(
                    at + COMPRESSED_OFFSET,
                    "a chunk of " + chunk.compressedSize() + " bytes at " + chunk.compressedOffset() + " of blob "
                            + blob.id() + ", which has " + blob.compressedSize());
        }
        if (!isInside(chunk.uncompressedOffset(), chunk.uncompressedSize(), blob.uncompressedSize())) {
            throw in.broken(
                    at + UNCOMPRESSED_OFFSET,
                    "a chunk of " + chunk.uncompressedSize() + " bytes at " + chunk.uncompressedOffset() + " of blob "
                            + blob.id() + ", which has " + blob.uncompressedSize() + " uncompressed");
        }
        boolean raw = !chunk.isCompressed()
                && !blob.features().hasBatches()
                && !blob.features().isZran();
        if (raw && chunk.compressedSize() != chunk.uncompressedSize()) {
            throw in.broken(
                    at + COMPRESSED_SIZE,
                    "a chunk that is not compressed has " + chunk.compressedSize() + " bytes, not "
                            + chunk.uncompressedSize());
        }
    }

    private static boolean isInside(long offset, long size, long limit) {
        return limit == 0 || offset <= limit - size;
    }

    /** Where in its file the chunk begins that is stored here. */
    static long fileOffset(MetadataBytes in, long at) throws CorruptBlobException {
        return in.position(at + FILE_OFFSET, "the offset of a chunk in its file");
    }

    /** @param fileOffset where in its file, or the first of its files, the chunk begins */
    static void encode(ByteBuffer out, int at, Chunk chunk, long fileOffset) {
        out.put(at + DIGEST, chunk.digest().toBytes());
        out.putInt(at + BLOB, chunk.blob());
        out.putInt(at + FLAGS, chunk.flags());
        out.putInt(at + COMPRESSED_SIZE, chunk.compressedSize());
        out.putInt(at + UNCOMPRESSED_SIZE, chunk.uncompressedSize());
        out.putLong(at + COMPRESSED_OFFSET, chunk.compressedOffset());
        out.putLong(at + UNCOMPRESSED_OFFSET, chunk.uncompressedOffset());
        out.putLong(at + FILE_OFFSET, fileOffset);
        out.putInt(at + INDEX, chunk.index());
        out.putInt(at + CRC32C, chunk.crc32c());
    }
}
