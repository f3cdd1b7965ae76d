package io.obd.fuse;

import java.time.Duration;

/**
 * How a mount is served.
 *
 * @param readers threads that take requests from the kernel, at least 2
 * @param ioTimeout longest time a read or write may take; then it fails with EIO
 */
public record FuseOptions(int readers, Duration ioTimeout) {
    /** Checks the values. */
    public FuseOptions {
        if (readers < 2 || !ioTimeout.isPositive()) {
            throw new IllegalArgumentException("readers " + readers + ", ioTimeout " + ioTimeout);
        }
    }
}
