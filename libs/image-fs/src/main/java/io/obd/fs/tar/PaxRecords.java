package io.obd.fs.tar;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The records of pax extended headers, {@code "length key=value\n"} each. Values are bytes: names and attributes need
 * not be UTF-8.
 */
final class PaxRecords {
    static final ByteString PATH = ByteString.of("path");
    static final ByteString LINK_PATH = ByteString.of("linkpath");
    static final ByteString SIZE = ByteString.of("size");
    static final ByteString UID = ByteString.of("uid");
    static final ByteString GID = ByteString.of("gid");
    static final ByteString MTIME = ByteString.of("mtime");
    static final ByteString ATIME = ByteString.of("atime");
    static final ByteString SPARSE_MAJOR = ByteString.of("GNU.sparse.major");
    static final ByteString SPARSE_MAP = ByteString.of("GNU.sparse.map");
    static final ByteString SPARSE_NAME = ByteString.of("GNU.sparse.name");
    static final ByteString SPARSE_SIZE = ByteString.of("GNU.sparse.size");
    static final ByteString SPARSE_REAL_SIZE = ByteString.of("GNU.sparse.realsize");

    private static final ByteString XATTR = ByteString.of("SCHILY.xattr.");
    private static final ByteString SPARSE_OFFSET = ByteString.of("GNU.sparse.offset");
    private static final ByteString SPARSE_LENGTH = ByteString.of("GNU.sparse.numbytes");

    private final SortedMap<ByteString, ByteString> records = new TreeMap<>();

    /** Adds the records of one header; later ones win, an empty value takes a record away. */
    void addAll(byte[] header) {
        StringBuilder pieces = new StringBuilder();
        for (int at = 0; at < header.length; ) {
            at = addRecord(header, at, pieces);
        }
        if (!pieces.isEmpty()) {
            records.put(SPARSE_MAP, ByteString.of(pieces.toString()));
        }
    }

    private int addRecord(byte[] header, int at, StringBuilder pieces) {
        ByteString all = ByteString.copyOf(header, at, Math.min(header.length, at + 20));
        int blank = all.indexOf(' ', 0);
        long length = blank < 0 ? 0 : TarNumbers.decimal(all.slice(0, blank));
        if (length < blank + 3 || length > header.length - at || header[at + (int) length - 1] != '\n') {
            throw new NumberFormatException("a pax record at " + at + " has no proper length");
        }
        ByteString record = ByteString.copyOf(header, at + blank + 1, at + (int) length - 1);
        int equals = record.indexOf('=', 0);
        if (equals <= 0) {
            throw new NumberFormatException("a pax record at " + at + " has no key");
        }
        put(record.slice(0, equals), record.slice(equals + 1, record.length()), pieces);
        return at + (int) length;
    }

    private void put(ByteString key, ByteString value, StringBuilder pieces) {
        if (key.equals(SPARSE_OFFSET) || key.equals(SPARSE_LENGTH)) {
            pieces.append(pieces.isEmpty() ? "" : ",").append(value);
        } else if (value.length() == 0 && !key.startsWith(XATTR)) {
            records.remove(key);
        } else {
            records.put(key, value);
        }
    }

    void put(ByteString key, ByteString value) {
        records.put(key, value);
    }

    @Nullable
    ByteString get(ByteString key) {
        return records.get(key);
    }

    Map<ByteString, ByteString> xattrs() {
        SortedMap<ByteString, ByteString> xattrs = new TreeMap<>();
        records.tailMap(XATTR).forEach((key, value) -> {
            if (key.startsWith(XATTR)) {
                xattrs.put(key.slice(XATTR.length(), key.length()), value);
            }
        });
        return Collections.unmodifiableMap(xattrs);
    }
}
