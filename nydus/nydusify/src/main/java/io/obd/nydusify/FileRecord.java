package io.obd.nydusify;

import io.obd.fs.tar.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a container sees of a file, but for its name and its times.
 *
 * @param type the letter of find(1): f, d, l, c, b, p or s
 * @param permissions with setuid, setgid and sticky bits; of a symlink they mean nothing
 * @param size bytes; 0 for what is no regular file
 * @param major device number, 0 for what is no device
 * @param minor device number, 0 for what is no device
 * @param target of a symlink, otherwise empty
 * @param xattrs extended attributes by full name
 * @param digest SHA-256 of a regular file's content in hexadecimal, otherwise empty
 */
record FileRecord(
        char type,
        int permissions,
        long uid,
        long gid,
        long size,
        int major,
        int minor,
        ByteString target,
        Map<ByteString, ByteString> xattrs,
        String digest) {

    /** In what this differs from the other one, in words; empty if in nothing. */
    List<String> differencesTo(FileRecord other) {
        List<String> differences = new ArrayList<>();
        compare(differences, "type", type, other.type);
        if (type != 'l') {
            compare(differences, "mode", Integer.toOctalString(permissions), Integer.toOctalString(other.permissions));
        }
        compare(differences, "uid", uid, other.uid);
        compare(differences, "gid", gid, other.gid);
        compare(differences, "size", size, other.size);
        compare(differences, "device", major + ":" + minor, other.major + ":" + other.minor);
        compare(differences, "target", target, other.target);
        compare(differences, "attributes", xattrs, other.xattrs);
        compare(differences, "content", digest, other.digest);
        return differences;
    }

    private static void compare(List<String> differences, String what, Object wanted, Object found) {
        if (!Objects.equals(wanted, found)) {
            differences.add(what + " " + found + ", not " + wanted);
        }
    }
}
