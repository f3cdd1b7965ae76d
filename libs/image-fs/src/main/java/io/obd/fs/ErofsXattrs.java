package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** Writes extended attributes as they stand behind an EROFS inode. */
final class ErofsXattrs {
    private static final byte[] NONE = new byte[0];

    /** The beginnings of names that are stored as a number. */
    private enum Prefix {
        USER("user.", 1),
        ACCESS_ACL("system.posix_acl_access", 2),
        DEFAULT_ACL("system.posix_acl_default", 3),
        TRUSTED("trusted.", 4),
        SECURITY("security.", 6);

        final String text;
        final byte index;

        Prefix(String text, int index) {
            this.text = text;
            this.index = (byte) index;
        }

        static Prefix of(ByteString name) throws ErofsException {
            for (Prefix prefix : values()) {
                if (name.startsWith(ByteString.of(prefix.text))) {
                    return prefix;
                }
            }
            throw new ErofsException("attribute " + name + " is in no namespace that EROFS knows");
        }
    }

    private ErofsXattrs() {}

    /** The bytes; none if there are no attributes. */
    static byte[] encode(Map<ByteString, ByteString> xattrs) throws ErofsException {
        if (xattrs.isEmpty()) {
            return NONE;
        }
        long length = ErofsXattrLayout.HEADER;
        for (Map.Entry<ByteString, ByteString> xattr : xattrs.entrySet()) {
            length += length(xattr.getKey(), xattr.getValue());
        }
        if (length > ErofsXattrLayout.MAX_LENGTH) {
            throw new ErofsException("attributes of " + length + " bytes, more than " + ErofsXattrLayout.MAX_LENGTH);
        }
        ByteBuffer bytes =
                ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN).position(ErofsXattrLayout.HEADER);
        for (Map.Entry<ByteString, ByteString> xattr : xattrs.entrySet()) {
            Prefix prefix = Prefix.of(xattr.getKey());
            ByteString name =
                    xattr.getKey().slice(prefix.text.length(), xattr.getKey().length());
            int end = bytes.position() + length(xattr.getKey(), xattr.getValue());
            bytes.put((byte) name.length())
                    .put(prefix.index)
                    .putShort((short) xattr.getValue().length())
                    .put(name.toBytes())
                    .put(xattr.getValue().toBytes())
                    .position(end);
        }
        return bytes.array();
    }

    private static int length(ByteString name, ByteString value) throws ErofsException {
        if (value.length() > ErofsXattrLayout.MAX_VALUE) {
            throw new ErofsException(
                    "attribute " + name + " of " + value.length() + " bytes, more than " + ErofsXattrLayout.MAX_VALUE);
        }
        int length =
                ErofsXattrLayout.ENTRY + name.length() - Prefix.of(name).text.length() + value.length();
        return Math.ceilDiv(length, ErofsXattrLayout.UNIT) * ErofsXattrLayout.UNIT;
    }
}
