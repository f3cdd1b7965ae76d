package io.obd.rafs;

import java.util.Optional;

/**
 * A blob that an image has chunks in.
 *
 * @param index its place in the image's table of blobs
 * @param id SHA-256 of it in hexadecimal, or the name its builder was given
 * @param features what is special about it
 * @param compressor of its chunks
 * @param digester of its chunks
 * @param chunkCount how many chunks it has, whether this image uses them or not
 * @param chunkSize bytes of a chunk that is not the last of its file
 * @param compressedSize bytes of the blob, or of its part with the chunks if more follows; 0 if not known
 * @param uncompressedSize end of the last chunk when all are decompressed; 0 if not known
 * @param readAhead bytes at its beginning to fetch before they are asked for
 * @param chunkInfo where its chunk information is, if it has any
 * @param contents the table of contents at its end, if it has one and that is known
 */
public record BlobInfo(
        int index,
        String id,
        BlobFeatures features,
        Compressor compressor,
        Digester digester,
        int chunkCount,
        int chunkSize,
        long compressedSize,
        long uncompressedSize,
        long readAhead,
        Optional<ChunkInfoTable> chunkInfo,
        Optional<BlobContents> contents) {

    /** The same blob at another place in a table of blobs. */
    public BlobInfo withIndex(int newIndex) {
        return with(newIndex, id, features, readAhead);
    }

    /** The same blob with another identity. */
    public BlobInfo withId(String newId) {
        return with(index, newId, features, readAhead);
    }

    /** The same blob with other features. */
    public BlobInfo withFeatures(BlobFeatures newFeatures) {
        return with(index, id, newFeatures, readAhead);
    }

    /** The same blob with so many bytes to fetch before they are asked for. */
    public BlobInfo withReadAhead(long bytes) {
        return with(index, id, features, bytes);
    }

    /**
     * The same blob, whose chunk information is in another one.
     *
     * @param blobId identity of that one
     * @param blobSize bytes of it
     */
    public BlobInfo withChunkInfoIn(String blobId, long blobSize) {
        return new BlobInfo(
                index,
                id,
                features,
                compressor,
                digester,
                chunkCount,
                chunkSize,
                compressedSize,
                uncompressedSize,
                readAhead,
                chunkInfo.map(table -> new ChunkInfoTable(
                        blobId,
                        blobSize,
                        table.offset(),
                        table.compressedSize(),
                        table.uncompressedSize(),
                        table.compressor())),
                contents);
    }

    /** Bytes of the part of the blob that has its chunks. */
    public long chunksSize() {
        long header = features.hasSections() ? BlobSection.HEADER : 0;
        return features.isSeparate() || features.isTarfs()
                ? compressedSize
                : chunkInfo.map(ChunkInfoTable::offset).orElse(compressedSize) - header;
    }

    private BlobInfo with(int newIndex, String newId, BlobFeatures newFeatures, long newReadAhead) {
        return new BlobInfo(
                newIndex,
                newId,
                newFeatures,
                compressor,
                digester,
                chunkCount,
                chunkSize,
                compressedSize,
                uncompressedSize,
                newReadAhead,
                chunkInfo,
                contents);
    }
}
