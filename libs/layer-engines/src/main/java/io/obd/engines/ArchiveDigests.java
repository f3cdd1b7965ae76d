package io.obd.engines;

import io.obd.registry.Digest;

/**
 * Digests of a compressed archive.
 *
 * @param compressed as it is stored: the digest of the blob
 * @param uncompressed of the tar in it: the diff id
 */
record ArchiveDigests(Digest compressed, Digest uncompressed) {}
