package io.obd.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Whether a source has given out the blob, to whoever reads it by this source. What is cached of a blob is for those only
 * whose own repository has it for them: one that has not been asked yet is asked for a byte.
 */
final class Permission {
    private final GranuleCache cache;
    private final Entry entry;
    private final BlobSource source;
    private volatile boolean given;

    Permission(GranuleCache cache, Entry entry, BlobSource source) {
        this.cache = cache;
        this.entry = entry;
        this.source = source;
    }

    boolean isGiven() {
        if (!given && entry.grants().contains(source.name())) {
            given = true;
        }
        return given;
    }

    /**
     * Asks, unless that has been done.
     *
     * @param patience how long it is asked again when it fails for a passing reason
     * @throws IOException if the source does not give it out, or cannot be asked
     */
    void require(Patience patience) throws IOException {
        while (!isGiven()) {
            try {
                if (entry.size() > 0) {
                    source.read(0, ByteBuffer.allocate(1));
                }
                give();
            } catch (IOException e) {
                if (patience.left() <= 0) {
                    throw e;
                }
                patience.pauseAfter(e);
            }
        }
    }

    /** The source has given out bytes. */
    void give() {
        if (!given) {
            cache.grant(entry, source);
            given = true;
        }
    }
}
