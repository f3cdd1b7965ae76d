package io.obd.rafs;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bytes of a bootstrap in memory, little-endian. No position that is read from them is believed. */
final class MetadataBytes {
    private final String name;
    private final ByteBuffer bytes;

    private MetadataBytes(String name, ByteBuffer bytes) {
        this.name = name;
        this.bytes = bytes;
    }

    static MetadataBytes load(BlobReader file) throws IOException {
        if (file.size() > Integer.MAX_VALUE) {
            throw new CorruptBlobException(
                    file.name(), 0, "a bootstrap of " + file.size() + " bytes: 2 GiB is the most that is read");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) file.size()).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, bytes);
        return new MetadataBytes(file.name(), bytes.clear());
    }

    /** What remains in a buffer. */
    static MetadataBytes of(String name, ByteBuffer bytes) {
        return new MetadataBytes(name, bytes.slice().order(ByteOrder.LITTLE_ENDIAN));
    }

    long size() {
        return bytes.capacity();
    }

    String name() {
        return name;
    }

    /** The error for a field that breaks a rule of the format. */
    CorruptBlobException broken(long at, String rule) {
        return new CorruptBlobException(name, at, rule);
    }

    /** Checks that a range lies in the file. */
    int range(long at, long length, String what) throws CorruptBlobException {
        if (at < 0 || length < 0 || at > size() - length) {
            throw broken(at, what + ": " + length + " bytes that are not in the file, which has " + size());
        }
        return (int) at;
    }

    int u8(long at) throws CorruptBlobException {
        return bytes.get(range(at, Byte.BYTES, "a field")) & 0xff;
    }

    int u16(long at) throws CorruptBlobException {
        return Short.toUnsignedInt(bytes.getShort(range(at, Short.BYTES, "a field")));
    }

    /** The bits of a field of four bytes. */
    int i32(long at) throws CorruptBlobException {
        return bytes.getInt(range(at, Integer.BYTES, "a field"));
    }

    long u32(long at) throws CorruptBlobException {
        return Integer.toUnsignedLong(i32(at));
    }

    /** A field of four bytes that counts something in memory. */
    int count(long at, String what) throws CorruptBlobException {
        int value = i32(at);
        if (value < 0) {
            throw broken(at, what + " is " + Integer.toUnsignedLong(value));
        }
        return value;
    }

    /** The bits of a field of eight bytes. */
    long i64(long at) throws CorruptBlobException {
        return bytes.getLong(range(at, Long.BYTES, "a field"));
    }

    /** A field of eight bytes that is a size or a position, which no sane image has beyond 2^63. */
    long position(long at, String what) throws CorruptBlobException {
        long value = i64(at);
        if (value < 0) {
            throw broken(at, what + " is " + Long.toUnsignedString(value));
        }
        return value;
    }

    ByteString string(long at, long length, String what) throws CorruptBlobException {
        int start = range(at, length, what);
        byte[] copy = new byte[(int) length];
        bytes.get(start, copy);
        return ByteString.copyOf(copy);
    }
}
