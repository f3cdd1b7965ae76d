package io.obd.blobstore;

import io.obd.registry.Digest;

/** Is told when cached bytes had to make room. */
@FunctionalInterface
public interface Evictions {
    /** Nobody is told. */
    Evictions UNNOTICED = (_, _) -> {};

    /** So many bytes of the blob are not cached any more. Must not wait. */
    void evicted(Digest blob, long bytes);
}
