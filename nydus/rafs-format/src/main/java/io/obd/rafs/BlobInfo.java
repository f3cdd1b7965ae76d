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
        Optional<ChunkInfoTable> chunkInfo) {}
