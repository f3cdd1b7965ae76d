package io.obd.blobstore;

/**
 * What a check of a cached blob found.
 *
 * @param digest of the blob
 * @param cached bytes of it that the cache had
 * @param result one of the constants
 */
public record CheckedPart(String digest, long cached, String result) {
    /** All of it is cached and has the digest. */
    public static final String INTACT = "intact";

    /** It has another digest, or cannot be read; it was dropped. */
    public static final String DAMAGED = "damaged";

    /** A part is cached, which has no digest; what is read of it is checked block by block. */
    public static final String INCOMPLETE = "incomplete";
}
