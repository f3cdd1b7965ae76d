package io.obd.rafs;

/**
 * Where the chunk information of a blob is: a record for each chunk, and what batches and zran need besides.
 *
 * @param blobId blob that has it; the blob itself unless it is {@linkplain BlobFeatures#isSeparate separate}
 * @param blobSize bytes of that blob if it is another one, otherwise 0
 * @param offset first byte in that blob
 * @param compressedSize bytes there; its header follows
 * @param uncompressedSize bytes once it is decompressed
 * @param compressor how it is compressed, if the two sizes differ
 */
public record ChunkInfoTable(
        String blobId, long blobSize, long offset, long compressedSize, long uncompressedSize, Compressor compressor) {}
