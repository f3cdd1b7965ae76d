package io.obd.blobstore;

/**
 * What is cached of a blob.
 *
 * @param digest of the blob
 * @param size of the blob in bytes
 * @param cached bytes of it that the cache has
 * @param readers how many have it open
 */
public record CachedPart(String digest, long size, long cached, int readers) {}
