package io.obd.rafs;

import io.obd.fs.tar.ByteString;

/**
 * The table of contents at the end of a blob.
 *
 * @param size bytes of the table and of the tar header behind it
 * @param sha256 digest of both
 */
public record BlobContents(int size, ByteString sha256) {}
