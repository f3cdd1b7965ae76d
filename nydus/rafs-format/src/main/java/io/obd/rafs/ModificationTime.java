package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.time.Instant;

/** Seconds since 1970, with sign. */
final class ModificationTime {
    private ModificationTime() {}

    /** Decodes seconds that a time can be made of. */
    static long checked(MetadataBytes in, long at) throws CorruptBlobException {
        long seconds = in.i64(at);
        if (seconds < Instant.MIN.getEpochSecond() || seconds > Instant.MAX.getEpochSecond()) {
            throw in.broken(at, "a time of " + seconds + " seconds");
        }
        return seconds;
    }
}
