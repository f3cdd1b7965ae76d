package io.obd.blobstore;

import java.util.List;

/** What a cache of blobs holds and does, and what can be done about it. */
public interface BlobCache {

    /** What it has done and holds. */
    CacheStats stats();

    /** The blobs of which something is cached, by digest. */
    List<CachedPart> list();

    /**
     * Drops what is cached of blobs that nobody has open.
     *
     * @return bytes that were dropped
     */
    long collect();

    /** Compares every blob that is cached as a whole with its digest, and drops what is damaged. */
    List<CheckedPart> verify();
}
