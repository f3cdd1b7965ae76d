package io.obd.blobstore;

import java.nio.file.Path;
import java.time.Duration;

/**
 * @param directory where the cache lies; made if it is missing
 * @param sizeLimit bytes of blobs it may hold
 * @param granule bytes fetched and cached at a time, a multiple of 4096
 * @param readTimeout longest wait of one read for bytes that are not cached
 * @param flushInterval how often cached bytes are made to survive a crash of the machine
 * @param diskPause how long nothing is cached after the disk refused a write
 */
public record BlobStoreConfig(
        Path directory, long sizeLimit, int granule, Duration readTimeout, Duration flushInterval, Duration diskPause) {
    private static final int ALIGNMENT = 4096;
    private static final int MAX_GRANULE = 16 * 1024 * 1024;

    /**
     * @throws IllegalArgumentException if the granule is no multiple of 4096 or over 16 MiB, or the limit is negative
     */
    public BlobStoreConfig {
        if (granule <= 0 || granule % ALIGNMENT != 0 || granule > MAX_GRANULE) {
            throw new IllegalArgumentException(
                    "refillSize must be a multiple of " + ALIGNMENT + " up to " + MAX_GRANULE + ", not " + granule);
        }
        if (sizeLimit < 0) {
            throw new IllegalArgumentException("the size limit of the cache is negative: " + sizeLimit);
        }
    }

    /** 4 GiB, granules of 256 KiB, reads wait 60 s at most, a flush every second, 10 s of pause when the disk is full. */
    public static BlobStoreConfig defaults(Path directory) {
        return new BlobStoreConfig(
                directory, 4L << 30, 256 * 1024, Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofSeconds(10));
    }
}
