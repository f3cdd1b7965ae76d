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
public record Attributes(int permissions, long uid, long gid, Instant modified, Map<ByteString, ByteString> xattrs) {}
