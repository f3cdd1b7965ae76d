package io.obd.fs;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.TarEntry;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The attributes of a tar entry as the kernel would have set them for containerd. */
final class EntryAttributes {
    private static final Logger LOG = LoggerFactory.getLogger(EntryAttributes.class);

    private static final ByteString USER = ByteString.of("user.");
    private static final ByteString SECURITY = ByteString.of("security.");
    private static final ByteString ACCESS_ACL = ByteString.of("system.posix_acl_access");
    private static final ByteString DEFAULT_ACL = ByteString.of("system.posix_acl_default");
    private static final int MAX_XATTR_NAME = 255;
    private static final int EMPTY_ACL = 4;
    private static final int SYMLINK_MODE = 0777;
    private static final long MAX_ID = 0xFFFFFFFEL;
    private static final Instant MAX_TIME = Instant.ofEpochSecond(0, Long.MAX_VALUE);

    private EntryAttributes() {}

    static Attributes of(TarEntry entry) throws ImageFsException {
        return of(entry, type(entry.type()));
    }

    /** @param target what the entry, a hard link, leads to */
    static Attributes ofLink(TarEntry entry, FileType target) throws ImageFsException {
        return of(entry, target);
    }

    private static Attributes of(TarEntry entry, FileType type) throws ImageFsException {
        return new Attributes(
                type == FileType.SYMLINK ? SYMLINK_MODE : entry.mode(),
                id("uid", entry.uid()),
                id("gid", entry.gid()),
                bounded(entry.modified()),
                bounded(entry.accessed()),
                extended(entry, type));
    }

    /** containerd takes times that Go has no number of nanoseconds for, and those before 1970, for 1970. */
    private static Instant bounded(Instant time) {
        return time.isBefore(Instant.EPOCH) || time.isAfter(MAX_TIME) ? Instant.EPOCH : time;
    }

    private static FileType type(TarEntry.Type type) {
        return switch (type) {
            case FILE, HARD_LINK -> FileType.REGULAR;
            case SYMLINK -> FileType.SYMLINK;
            case CHARACTER_DEVICE -> FileType.CHARACTER_DEVICE;
            case BLOCK_DEVICE -> FileType.BLOCK_DEVICE;
            case DIRECTORY -> FileType.DIRECTORY;
            case FIFO -> FileType.FIFO;
        };
    }

    private static int id(String what, long id) throws ImageFsException {
        if (id < 0 || id > MAX_ID) {
            throw new ImageFsException(what + " " + id + " is out of range");
        }
        return (int) id;
    }

    private static Map<ByteString, ByteString> extended(TarEntry entry, FileType type) throws ImageFsException {
        Map<ByteString, ByteString> kept = new TreeMap<>();
        for (Map.Entry<ByteString, ByteString> xattr : entry.xattrs().entrySet()) {
            ByteString name = xattr.getKey();
            if (name.length() > MAX_XATTR_NAME || name.indexOf(0, 0) >= 0) {
                throw new ImageFsException("attribute name " + name + " is longer than 255 bytes or has a NUL in it");
            }
            if (!canHave(type, name)) {
                LOG.warn("{}: attribute {} dropped: a {} of a layer has none such", entry.name(), name, type);
            } else if (!isAcl(name) || xattr.getValue().length() > EMPTY_ACL) {
                kept.put(name, xattr.getValue());
            }
        }
        return kept;
    }

    /**
     * The kernel decides, but for the namespace {@code trusted}: it is the host's, where overlayfs keeps its notes, and
     * containerd takes nothing from a layer there.
     */
    private static boolean canHave(FileType type, ByteString name) {
        if (name.equals(ACCESS_ACL)) {
            return type != FileType.SYMLINK;
        }
        if (name.equals(DEFAULT_ACL)) {
            return type == FileType.DIRECTORY;
        }
        if (isIn(USER, name)) {
            return type == FileType.REGULAR || type == FileType.DIRECTORY;
        }
        return isIn(SECURITY, name);
    }

    private static boolean isAcl(ByteString name) {
        return name.equals(ACCESS_ACL) || name.equals(DEFAULT_ACL);
    }

    private static boolean isIn(ByteString namespace, ByteString name) {
        return name.startsWith(namespace) && name.length() > namespace.length();
    }
}
