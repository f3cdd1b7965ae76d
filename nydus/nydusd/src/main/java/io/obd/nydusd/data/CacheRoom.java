package io.obd.nydusd.data;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the directory of a cache takes what is fetched. When it has not, it is left alone for a while: whoever reads
 * fetches no more than is read. The log says when that begins, and when it has been over for a while.
 */
final class CacheRoom {
    private static final Logger log = LoggerFactory.getLogger(CacheRoom.class);

    /** After a write failed. */
    static final Duration PAUSE = Duration.ofSeconds(10);

    /** With little space left, small chunks fit and large ones do not: that is not the end of it. */
    static final Duration CALM = Duration.ofMinutes(1);

    private final Path directory;
    private final LongSupplier nanos;
    private boolean isShort;
    private long failedAt;

    /** @param nanos a clock that only goes forward */
    CacheRoom(Path directory, LongSupplier nanos) {
        this.directory = directory;
        this.nanos = nanos;
    }

    /** Whether it is worth to try. */
    synchronized boolean isOpen() {
        return !isShort || sinceFailure() >= PAUSE.toNanos();
    }

    /** A write failed. */
    synchronized void failed(IOException reason) {
        if (!isShort) {
            log.warn(
                    "{}: {}: reads go on without the cache, and what they fetch is not kept",
                    directory,
                    reason.getMessage());
        }
        isShort = true;
        failedAt = nanos.getAsLong();
    }

    /**
     * A write worked.
     *
     * @return whether writes failed before, and that is over
     */
    synchronized boolean worked() {
        if (!isShort || sinceFailure() < CALM.toNanos()) {
            return false;
        }
        log.info("{} takes what is fetched again", directory);
        isShort = false;
        return true;
    }

    private long sinceFailure() {
        return nanos.getAsLong() - failedAt;
    }
}
