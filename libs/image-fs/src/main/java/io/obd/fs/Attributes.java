package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.time.Instant;
import java.util.Map;

/**
 * What a file has beside its type and content.
 *
 * @param mode permissions with setuid, setgid and sticky bits
 * @param uid owner, 32 bits
 * @param gid group, 32 bits
 * @param modified modification time
 * @param accessed access time
 * @param extended extended attributes by their full names, values as {@code getxattr(2)} gives them
 */
record Attributes(
        int mode, int uid, int gid, Instant modified, Instant accessed, Map<ByteString, ByteString> extended) {

    Attributes withExtended(Map<ByteString, ByteString> newExtended) {
        return new Attributes(mode, uid, gid, modified, accessed, newExtended);
    }

    /** Of a directory that no entry of a layer describes. */
    static Attributes ofImpliedDirectory() {
        return new Attributes(0755, 0, 0, Instant.EPOCH, Instant.EPOCH, Map.of());
    }

    /** Of the directory that a file system has for itself, as it is made. */
    static Attributes ofLostAndFound() {
        return new Attributes(0700, 0, 0, Instant.EPOCH, Instant.EPOCH, Map.of());
    }
}
