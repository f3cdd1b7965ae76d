package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The extended attributes behind an inode of version 6: a header of 12 bytes, then for each
 *
 * <pre>
 * 0 u8 length of the name without its prefix   1 u8 prefix   2 u16 length of the value   4 name, value; padded to 4
 * </pre>
 */
final class V6Xattrs {
    private static final int HEADER = 12;
    private static final int SHARED_COUNT = 4;
    private static final int PREFIX = 1;
    private static final int VALUE_LENGTH = 2;
    private static final int NAME = 4;
    private static final int ALIGNMENT = 4;

    private V6Xattrs() {}

    /** Bytes that an inode with this count has. */
    static int size(int count) {
        return count == 0 ? 0 : HEADER + (count - 1) * ALIGNMENT;
    }

    static Map<ByteString, ByteString> decode(MetadataBytes in, long at, int size) throws CorruptBlobException {
        if (size == 0) {
            return Map.of();
        }
        in.range(at, size, "extended attributes");
        if (in.u8(at + SHARED_COUNT) != 0) {
            throw in.broken(at + SHARED_COUNT, "shared extended attributes, which RAFS has none of");
        }
        Map<ByteString, ByteString> xattrs = new LinkedHashMap<>();
        long end = at + size;
        for (long entry = at + HEADER; entry < end; ) {
            int nameLength = in.u8(entry);
            int valueLength = in.u16(entry + VALUE_LENGTH);
            long value = entry + NAME + nameLength;
            if (value + valueLength > end) {
                throw in.broken(entry, "an extended attribute goes past the end of the inode's");
            }
            ByteString name = prefix(in, entry + PREFIX).concat(in.string(entry + NAME, nameLength, "a name"));
            if (xattrs.put(name, in.string(value, valueLength, "a value")) != null) {
                throw in.broken(entry, "two extended attributes " + name);
            }
            entry = (value + valueLength + ALIGNMENT - 1) & -ALIGNMENT;
        }
        return xattrs;
    }

    private static ByteString prefix(MetadataBytes in, long at) throws CorruptBlobException {
        return ByteString.of(
                switch (in.u8(at)) {
                    case 1 -> "user.";
                    case 2 -> "system.posix_acl_access";
                    case 3 -> "system.posix_acl_default";
                    case 4 -> "trusted.";
                    case 6 -> "security.";
                    default -> throw in.broken(at, "an extended attribute with unknown prefix " + in.u8(at));
                });
    }
}
