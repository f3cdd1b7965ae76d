package io.obd.e2e;

import java.time.Instant;
import java.util.Map;

/**
 * Everything that can be said about one name of a tree.
 *
 * @param type {@code f}, {@code d}, {@code l}, {@code p}, {@code c}, {@code b} or {@code s}
 * @param mode permission bits with setuid, setgid and sticky
 * @param size bytes of a file or of a link's target, 0 for others
 * @param content SHA-256 of a file, target of a link, number of a device, else empty
 * @param attributes extended attributes, values in hex
 */
record TreeEntry(
        char type,
        int mode,
        long uid,
        long gid,
        long size,
        int links,
        Instant modified,
        String content,
        Map<String, String> attributes) {

    TreeEntry withLinks(int count) {
        return new TreeEntry(type, mode, uid, gid, size, count, modified, content, attributes);
    }
}
