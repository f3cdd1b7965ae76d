package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A blob in the blob table of version 6, 256 bytes. CI is its chunk information.
 *
 * <pre>
 *   0 id[64]             64 u32 index           68 u32 chunk size     72 u32 chunks      76 u32 compressor
 *  80 u32 digester       84 u32 features        88 u64 size           96 u64 size uncompressed
 * 104 u32 TOC size      108 u32 CI compressor  112 u64 CI offset     120 u64 CI size    128 u64 CI size uncompressed
 * 136 TOC digest[32]    168 digest[32] and 200 u64 size of the blob with the CI         216 u32 cipher
 * </pre>
 */
final class BlobEntryLayout {
    static final int SIZE = 256;

    private static final int ID_LENGTH = 64;
    private static final int INDEX = 64;
    private static final int CHUNK_SIZE = 68;
    private static final int CHUNKS = 72;
    private static final int COMPRESSOR = 76;
    private static final int DIGESTER = 80;
    private static final int FEATURES = 84;
    private static final int COMPRESSED_SIZE = 88;
    private static final int UNCOMPRESSED_SIZE = 96;
    private static final int CI_COMPRESSOR = 108;
    private static final int CI_OFFSET = 112;
    private static final int CI_COMPRESSED_SIZE = 120;
    private static final int CI_UNCOMPRESSED_SIZE = 128;
    private static final int CONTENTS_SIZE = 104;
    private static final int CONTENTS_DIGEST = 136;
    private static final int CI_BLOB = 168;
    private static final int CI_BLOB_SIZE = 200;
    private static final int CIPHER = 216;

    private static final String SHA256 = "[0-9a-f]{64}";
    private static final int SHORT_RECORD = 16;
    private static final int LONG_RECORD = 24;
    private static final int NEEDS_LONG_RECORDS = BlobFeatures.BATCH | BlobFeatures.ZRAN;
    private static final long MOST_COMPRESSED = 1L << 40;
    private static final long MOST_UNCOMPRESSED = 1L << 44;
    private static final int MOST_CHUNKS = 1 << 24;

    private BlobEntryLayout() {}

    /** Decodes a blob; {@code index} is its place in the table. */
    static BlobInfo decode(MetadataBytes in, long at, int index, V6SuperBlock image, String ownBlob)
            throws CorruptBlobException {
        ByteString stored = PaddedText.decode(in, at, ID_LENGTH);
        if (in.i32(at + INDEX) != index) {
            throw in.broken(at + INDEX, "blob " + index + " says that it is " + in.u32(at + INDEX));
        }
        if (in.i32(at + CHUNK_SIZE) != image.chunkSize()) {
            throw in.broken(
                    at + CHUNK_SIZE, "chunks of " + in.u32(at + CHUNK_SIZE) + " bytes, not " + image.chunkSize());
        }
        BlobFeatures features = features(in, at + FEATURES, image.flags().isTarfs());
        if (in.i32(at + CIPHER) != 0) {
            throw in.broken(at + CIPHER, "an encrypted blob, which is not supported");
        }
        int chunks = in.count(at + CHUNKS, "the number of chunks");
        if (chunks > MOST_CHUNKS) {
            throw in.broken(at + CHUNKS, chunks + " chunks in a blob: " + MOST_CHUNKS + " is the most");
        }
        String id = BlobId.decode(in, at, stored, ownBlob);
        return new BlobInfo(
                index,
                id,
                features,
                compressor(in, at + COMPRESSOR),
                digester(in, at + DIGESTER),
                chunks,
                image.chunkSize(),
                size(in, at + COMPRESSED_SIZE, MOST_COMPRESSED),
                size(in, at + UNCOMPRESSED_SIZE, MOST_UNCOMPRESSED),
                0,
                features.isTarfs()
                        ? Optional.empty()
                        : chunkInfo(in, at, features.isSeparate() ? ownBlob : id, features, chunks),
                contents(in, at));
    }

    private static BlobFeatures features(MetadataBytes in, long at, boolean tarfs) throws CorruptBlobException {
        BlobFeatures features = new BlobFeatures(in.i32(at));
        if (features.unknown() != 0) {
            throw in.broken(at, "unknown features of a blob: 0x" + Integer.toHexString(features.unknown()));
        }
        if (features.has(BlobFeatures.ENCRYPTED)) {
            throw in.broken(at, "an encrypted blob, which is not supported");
        }
        if (features.isTarfs() != tarfs || features.isAligned() == tarfs) {
            throw in.broken(
                    at,
                    "features 0x" + Integer.toHexString(features.bits()) + " in an image "
                            + (tarfs ? "that refers to a tar" : "that does not refer to a tar"));
        }
        if (features.has(NEEDS_LONG_RECORDS) && !features.hasLongChunkInfo()) {
            throw in.broken(at, "batches or zran without long records of chunks");
        }
        return features;
    }

    private static Optional<ChunkInfoTable> chunkInfo(
            MetadataBytes in, long at, String own, BlobFeatures features, int chunks) throws CorruptBlobException {
        long compressed = in.position(at + CI_COMPRESSED_SIZE, "the size of chunk information");
        long uncompressed = in.position(at + CI_UNCOMPRESSED_SIZE, "the size of chunk information");
        long records = (long) chunks * (features.hasLongChunkInfo() ? LONG_RECORD : SHORT_RECORD);
        boolean more = features.has(NEEDS_LONG_RECORDS);
        boolean dictionary = features.has(BlobFeatures.CHUNK_DICT);
        if (!dictionary && (more ? uncompressed < records : uncompressed != records)) {
            throw in.broken(
                    at + CI_UNCOMPRESSED_SIZE,
                    "chunk information of " + uncompressed + " bytes for " + chunks + " chunks, which have " + records);
        }
        if (compressed > uncompressed) {
            throw in.broken(
                    at + CI_COMPRESSED_SIZE,
                    "chunk information of " + compressed + " bytes, " + uncompressed + " uncompressed");
        }
        ByteString digest = in.string(at + CI_BLOB, Digester.LENGTH, "a digest");
        // A layer's own bootstrap does not know the digest of the blob it is part of.
        boolean elsewhere = features.isSeparate() && !digest.equals(ByteString.copyOf(new byte[Digester.LENGTH]));
        return Optional.of(new ChunkInfoTable(
                elsewhere ? HexFormat.of().formatHex(digest.toBytes()) : own,
                elsewhere ? in.position(at + CI_BLOB_SIZE, "the size of a blob") : 0,
                in.position(at + CI_OFFSET, "the offset of chunk information"),
                compressed,
                uncompressed,
                compressor(in, at + CI_COMPRESSOR)));
    }

    private static Optional<BlobContents> contents(MetadataBytes in, long at) throws CorruptBlobException {
        int size = in.count(at + CONTENTS_SIZE, "the size of a table of contents");
        return size == 0
                ? Optional.empty()
                : Optional.of(new BlobContents(size, in.string(at + CONTENTS_DIGEST, Digester.LENGTH, "a digest")));
    }

    /** Encodes a blob, whose place in the table is its index. */
    static void encode(ByteBuffer out, int at, BlobInfo blob) {
        PaddedText.encode(out, at, ByteString.of(blob.id()));
        out.putInt(at + INDEX, blob.index());
        out.putInt(at + CHUNK_SIZE, blob.chunkSize());
        out.putInt(at + CHUNKS, blob.chunkCount());
        out.putInt(at + COMPRESSOR, blob.compressor().number());
        out.putInt(at + DIGESTER, blob.digester().number());
        out.putInt(at + FEATURES, blob.features().bits());
        out.putLong(at + COMPRESSED_SIZE, blob.compressedSize());
        out.putLong(at + UNCOMPRESSED_SIZE, blob.uncompressedSize());
        blob.chunkInfo()
                .ifPresent(table -> encode(out, at, table, blob.features().isSeparate()));
        blob.contents().ifPresent(contents -> {
            out.putInt(at + CONTENTS_SIZE, contents.size());
            out.put(at + CONTENTS_DIGEST, contents.sha256().toBytes());
        });
    }

    private static void encode(ByteBuffer out, int at, ChunkInfoTable table, boolean separate) {
        out.putInt(at + CI_COMPRESSOR, table.compressor().number());
        out.putLong(at + CI_OFFSET, table.offset());
        out.putLong(at + CI_COMPRESSED_SIZE, table.compressedSize());
        out.putLong(at + CI_UNCOMPRESSED_SIZE, table.uncompressedSize());
        if (separate && table.blobId().matches(SHA256)) {
            out.put(at + CI_BLOB, HexFormat.of().parseHex(table.blobId()));
            out.putLong(at + CI_BLOB_SIZE, table.blobSize());
        }
    }

    private static Compressor compressor(MetadataBytes in, long at) throws CorruptBlobException {
        Compressor compressor = Compressor.ofNumber(in.i32(at));
        if (compressor == null) {
            throw in.broken(at, "unknown compressor " + in.u32(at));
        }
        return compressor;
    }

    private static Digester digester(MetadataBytes in, long at) throws CorruptBlobException {
        Digester digester = Digester.ofNumber(in.i32(at));
        if (digester == null) {
            throw in.broken(at, "unknown digester " + in.u32(at));
        }
        return digester;
    }

    private static long size(MetadataBytes in, long at, long most) throws CorruptBlobException {
        long size = in.i64(at);
        if (size < 0 || size > most) {
            throw in.broken(at, "a blob of " + Long.toUnsignedString(size) + " bytes: " + most + " is the most");
        }
        return size;
    }

    /** The identity as it stands in the table. */
    static ByteString storedId(MetadataBytes in, long at) throws CorruptBlobException {
        return PaddedText.decode(in, at, ID_LENGTH);
    }
}
