package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Extended attributes as they stand behind an EROFS inode. */
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

    /** Finds an attribute that several files have, by its number. */
    interface Shared {
        byte[] get(int number) throws IOException;
    }

    /** Length in bytes of the attribute that begins so, with what fills it up. */
    static int length(byte[] entry) {
        ByteBuffer bytes = ByteBuffer.wrap(entry).order(ByteOrder.LITTLE_ENDIAN);
        int length = ErofsXattrLayout.ENTRY
                + Byte.toUnsignedInt(bytes.get(0))
                + Short.toUnsignedInt(bytes.getShort(ErofsXattrLayout.VALUE_SIZE));
        return Math.ceilDiv(length, ErofsXattrLayout.UNIT) * ErofsXattrLayout.UNIT;
    }

    /**
     * Reads what is behind an inode.
     *
     * @param where what it is in error texts
     */
    static SortedMap<ByteString, ByteString> decode(byte[] xattrs, Shared shared, String where) throws IOException {
        SortedMap<ByteString, ByteString> all = new TreeMap<>();
        ByteBuffer bytes = ByteBuffer.wrap(xattrs).order(ByteOrder.LITTLE_ENDIAN);
        int at = ErofsXattrLayout.HEADER + Byte.toUnsignedInt(bytes.get(ErofsXattrLayout.SHARED_COUNT)) * Integer.BYTES;
        if (at > xattrs.length) {
            throw new ErofsException(where + ": " + xattrs.length + " bytes cannot name so many shared ones");
        }
        for (int number = ErofsXattrLayout.HEADER; number < at; number += Integer.BYTES) {
            add(all, shared.get(bytes.getInt(number)), where);
        }
        while (at < xattrs.length) {
            byte[] rest = Arrays.copyOfRange(xattrs, at, xattrs.length);
            int length = length(rest);
            if (length > rest.length) {
                throw new ErofsException(where + ": one of " + length + " bytes in " + rest.length);
            }
            add(all, rest, where);
            at += length;
        }
        return all;
    }

    private static void add(Map<ByteString, ByteString> all, byte[] entry, String where) throws ErofsException {
        int name = Byte.toUnsignedInt(entry[0]);
        byte index = entry[ErofsXattrLayout.INDEX];
        if (name == 0 && index == 0) {
            // Room that is left free.
            return;
        }
        for (Prefix prefix : Prefix.values()) {
            if (prefix.index == index) {
                int value = ErofsXattrLayout.ENTRY + name;
                int end = value
                        + Short.toUnsignedInt(ByteBuffer.wrap(entry)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getShort(ErofsXattrLayout.VALUE_SIZE));
                byte[] text = ByteString.of(prefix.text).toBytes();
                byte[] full = Arrays.copyOf(text, text.length + name);
                System.arraycopy(entry, ErofsXattrLayout.ENTRY, full, text.length, name);
                all.put(ByteString.copyOf(full), ByteString.copyOf(entry, value, end));
                return;
            }
        }
        throw new ErofsException(where + ": a namespace of number " + index);
    }
}
