package io.obd.image;

/**
 * A blob in the backend's cache, as it says.
 *
 * @param digest of the blob
 * @param size of the blob in bytes, 0 where that is not said
 * @param cached bytes of it that the cache has
 * @param readers devices' layers that have it open, 0 where that is not said
 * @param result of a check, in the backend's words; empty where none was made
 */
public record CachedBlobInfo(String digest, long size, long cached, int readers, String result) {}
