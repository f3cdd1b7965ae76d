package io.obd.fs;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.TarEntry;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The attributes of a tar entry as the kernel would have set them. */
final class EntryAttributes {
    private static final Logger LOG = LoggerFactory.getLogger(EntryAttributes.class);

    private static final ByteString USER = ByteString.of("user.");
    private static final ByteString TRUSTED = ByteString.of("trusted.");
    private static final ByteString SECURITY = ByteString.of("security.");
    private static final ByteString ACCESS_ACL = ByteString.of("system.posix_acl_access");
    private static final ByteString DEFAULT_ACL = ByteString.of("system.posix_acl_default");
    private static final int MAX_XATTR_NAME = 255;
    private static final int EMPTY_ACL = 4;
    private static final long MAX_ID = 0xFFFFFFFEL;

    private EntryAttributes() {}

    static Attributes of(TarEntry entry) throws ImageFsException {
        return new Attributes(
                entry.mode(),
                id("uid", entry.uid()),
                id("gid", entry.gid()),
                entry.modified(),
                entry.accessed(),
                extended(entry));
    }

    private static int id(String what, long id) throws ImageFsException {
        if (id < 0 || id > MAX_ID) {
            throw new ImageFsException(what + " " + id + " is out of range");
        }
        return (int) id;
    }

    private static Map<ByteString, ByteString> extended(TarEntry entry) throws ImageFsException {
        Map<ByteString, ByteString> kept = new TreeMap<>();
        for (Map.Entry<ByteString, ByteString> xattr : entry.xattrs().entrySet()) {
            ByteString name = xattr.getKey();
            if (name.length() > MAX_XATTR_NAME || name.indexOf(0, 0) >= 0) {
                throw new ImageFsException("attribute name " + name + " is longer than 255 bytes or has a NUL in it");
            }
            if (!canHave(entry.type(), name)) {
                LOG.warn(
                        "{}: attribute {} dropped: the kernel knows none such on a {}",
                        entry.name(),
                        name,
                        entry.type());
            } else if (!isAcl(name) || xattr.getValue().length() > EMPTY_ACL) {
                kept.put(name, xattr.getValue());
            }
        }
        return kept;
    }

    private static boolean canHave(TarEntry.Type type, ByteString name) {
        if (name.equals(ACCESS_ACL)) {
            return type != TarEntry.Type.SYMLINK;
        }
        if (name.equals(DEFAULT_ACL)) {
            return type == TarEntry.Type.DIRECTORY;
        }
        if (isIn(USER, name)) {
            return type == TarEntry.Type.FILE || type == TarEntry.Type.DIRECTORY;
        }
        return isIn(TRUSTED, name) || isIn(SECURITY, name);
    }

    private static boolean isAcl(ByteString name) {
        return name.equals(ACCESS_ACL) || name.equals(DEFAULT_ACL);
    }

    private static boolean isIn(ByteString namespace, ByteString name) {
        return name.startsWith(namespace) && name.length() > namespace.length();
    }
}
