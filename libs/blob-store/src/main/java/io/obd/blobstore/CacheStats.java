package io.obd.blobstore;

/**
 * What a store has done since it was opened, and what it holds.
 *
 * @param hits pieces of reads that were answered from the cache
 * @param misses pieces of reads that had to wait for the source
 * @param bytesFetched bytes that came from sources
 * @param failures fetches that failed
 * @param bytesCached bytes the cache holds
 * @param evictions segments that were removed to make room
 */
public record CacheStats(long hits, long misses, long bytesFetched, long failures, long bytesCached, long evictions) {}
