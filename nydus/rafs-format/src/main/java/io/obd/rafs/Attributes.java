package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.time.Instant;
import java.util.Map;

/**
 * What a file of an image that is built has beside its type and content.
 *
 * @param permissions with setuid, setgid and sticky bits
 * @param uid owner, 32 bits
 * @param gid group, 32 bits
 * @param modified modification time
 * @param xattrs extended attributes by their full names; stored in this order
 */
public record Attributes(int permissions, long uid, long gid, Instant modified, Map<ByteString, ByteString> xattrs) {
    private static final int USUAL_DIRECTORY = 0755;

    /** Those of a directory of which nothing is said anywhere. */
    public static final Attributes UNDESCRIBED = new Attributes(USUAL_DIRECTORY, 0, 0, Instant.EPOCH, Map.of());

    /**
     * Those of a directory of a layer that is there because of what is in it: there it was not described, but it may be in
     * a layer below, whose attributes it keeps. Tars give whole seconds, so no directory that is described has these.
     */
    public static final Attributes IMPLIED =
            new Attributes(USUAL_DIRECTORY, 0, 0, Instant.EPOCH.plusNanos(1), Map.of());
}
