package io.obd.rafs;

import io.obd.fs.tar.ByteString;

/**
 * A piece of a file, stored in a blob.
 *
 * @param digest of its content; zeros if there is none
 * @param blob index of its blob
 * @param index its place among the blob's chunks
 * @param flags as stored, see {@link #isCompressed} and {@link #hasCrc32c}
 * @param compressedOffset first byte in the blob; in a batch that of the whole batch
 * @param compressedSize bytes in the blob; 0 in a batch
 * @param uncompressedOffset first byte when the whole blob is decompressed
 * @param uncompressedSize bytes of content
 * @param crc32c CRC-32C of its content, if that {@linkplain #hasCrc32c is known}
 */
public record Chunk(
        ByteString digest,
        int blob,
        int index,
        int flags,
        long compressedOffset,
        int compressedSize,
        long uncompressedOffset,
        int uncompressedSize,
        int crc32c) {

    /**
     * A chunk whose CRC-32C is known. It is compressed if that made it smaller.
     *
     * @param compressedSize 0 in a batch, whose place is known to the chunk information of the blob alone
     */
    public static Chunk of(
            ByteString digest,
            int blob,
            int index,
            long compressedOffset,
            int compressedSize,
            long uncompressedOffset,
            int uncompressedSize,
            int crc32c) {
        boolean compressed = compressedSize > 0 && compressedSize < uncompressedSize;
        return new Chunk(
                digest,
                blob,
                index,
                ChunkRecordLayout.HAS_CRC32C | (compressed ? ChunkRecordLayout.COMPRESSED : 0),
                compressedOffset,
                compressedSize,
                uncompressedOffset,
                uncompressedSize,
                crc32c);
    }

    /**
     * A chunk in a span of a gzip stream, whose CRC-32C is known.
     *
     * @param compressedOffset about where it begins there
     * @param compressedSize about how much it has there
     */
    public static Chunk ofSpan(
            ByteString digest,
            int blob,
            int index,
            long compressedOffset,
            int compressedSize,
            long uncompressedOffset,
            int uncompressedSize,
            int crc32c) {
        return new Chunk(
                digest,
                blob,
                index,
                ChunkRecordLayout.HAS_CRC32C | ChunkRecordLayout.COMPRESSED,
                compressedOffset,
                compressedSize,
                uncompressedOffset,
                uncompressedSize,
                crc32c);
    }

    /** A chunk of a tar that is read as it is, without digest. */
    public static Chunk ofTar(int blob, int index, long offset, int size) {
        ByteString none = ByteString.copyOf(new byte[Digester.LENGTH]);
        return new Chunk(none, blob, index, 0, offset, size, offset, size, 0);
    }

    /** The same chunk in a table of blobs where its blob has another index. */
    public Chunk withBlob(int newIndex) {
        return new Chunk(
                digest,
                newIndex,
                index,
                flags,
                compressedOffset,
                compressedSize,
                uncompressedOffset,
                uncompressedSize,
                crc32c);
    }

    /** Whether it is not stored as it is. */
    public boolean isCompressed() {
        return (flags & ChunkRecordLayout.COMPRESSED) != 0;
    }

    /** Whether its CRC-32C is known. */
    public boolean hasCrc32c() {
        return (flags & ChunkRecordLayout.HAS_CRC32C) != 0;
    }
}
