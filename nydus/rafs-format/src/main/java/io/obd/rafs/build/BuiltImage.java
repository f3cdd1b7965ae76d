package io.obd.rafs.build;

import io.obd.rafs.BlobInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What was built.
 *
 * @param bootstrap of the image, also if it is part of the blob
 * @param blobs of the image, in their order
 * @param blobId SHA-256 of the blob that was written, in hexadecimal; empty if it has nothing to be kept for
 * @param blobSize bytes of it
 */
public record BuiltImage(ByteBuffer bootstrap, List<BlobInfo> blobs, Optional<String> blobId, long blobSize) {}
