package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.io.ByteArrayOutputStream;
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
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_VALUE = 0xffff;
    private static final int LARGEST_COUNT = 0xffff;

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
        int number = in.u8(at);
        for (Prefix prefix : Prefix.values()) {
            if (prefix.number == number) {
                return ByteString.of(prefix.text);
            }
        }
        throw in.broken(at, "an extended attribute with unknown prefix " + number);
    }

    /** The number that states the size of what was encoded. */
    static int count(int size) {
        return size == 0 ? 0 : (size - HEADER) / ALIGNMENT + 1;
    }

    /**
     * Encodes extended attributes in their order; nothing if there are none.
     *
     * @throws ImageLimitException if one has no place in this version
     */
    static byte[] encode(Map<ByteString, ByteString> xattrs) throws ImageLimitException {
        if (xattrs.isEmpty()) {
            return new byte[0];
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[HEADER]);
        for (Map.Entry<ByteString, ByteString> xattr : xattrs.entrySet()) {
            Prefix prefix = Prefix.of(xattr.getKey());
            byte[] name = xattr.getKey().toBytes();
            int nameLength = name.length - prefix.text.length();
            byte[] value = xattr.getValue().toBytes();
            if (nameLength > LONGEST_NAME || value.length > LONGEST_VALUE) {
                throw new ImageLimitException(
                        "the extended attribute " + xattr.getKey() + " with a name of " + nameLength
                                + " and a value of " + value.length + " bytes is longer than version 6 has room for");
            }
            out.write(nameLength);
            out.write(prefix.number);
            out.write(value.length);
            out.write(value.length >>> Byte.SIZE);
            out.write(name, prefix.text.length(), nameLength);
            out.writeBytes(value);
            out.writeBytes(new byte[-out.size() & (ALIGNMENT - 1)]);
        }
        if (count(out.size()) > LARGEST_COUNT) {
            throw new ImageLimitException(
                    "extended attributes of " + out.size() + " bytes are more than version 6 has room for");
        }
        return out.toByteArray();
    }

    /** A beginning of names that is stored as a number. */
    private enum Prefix {
        USER(1, "user."),
        ACL_ACCESS(2, "system.posix_acl_access"),
        ACL_DEFAULT(3, "system.posix_acl_default"),
        TRUSTED(4, "trusted."),
        SECURITY(6, "security.");

        private final int number;
        private final String text;

        Prefix(int number, String text) {
            this.number = number;
            this.text = text;
        }

        static Prefix of(ByteString name) throws ImageLimitException {
            for (Prefix prefix : values()) {
                if (name.startsWith(ByteString.of(prefix.text))) {
                    return prefix;
                }
            }
            throw new ImageLimitException(
                    "the extended attribute " + name + " is in no namespace that version 6 knows");
        }
    }
}
