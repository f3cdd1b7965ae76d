package io.obd.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What is around the deflate stream in a member of gzip: a header of 10 bytes and what its flags announce, and a trailer.
 *
 * <pre>
 * header:  0 1f 8b   2 8, deflate   3 flags   4 mtime[4]   8 extra flags   9 system   [extra, name, comment, CRC]
 * trailer: 0 u32 CRC-32 of the content   4 u32 its length
 * </pre>
 */
public final class GzipMember {
    static final int HEADER = 10;
    /** Bytes behind the deflate stream. */
    public static final int TRAILER = 8;

    private static final int FLAGS = 3;
    private static final int HEADER_CRC = 0x2;
    private static final int EXTRA = 0x4;
    private static final int NAME = 0x8;
    private static final int COMMENT = 0x10;
    private static final int UNKNOWN_SYSTEM = 255;

    private GzipMember() {}

    /** Writes a header without a name and a time. */
    static void putHeader(ByteBuffer dst) {
        dst.put((byte) 0x1f)
                .put((byte) 0x8b)
                .put((byte) 8)
                .put((byte) 0)
                .putInt(0)
                .put((byte) 0);
        dst.put((byte) UNKNOWN_SYSTEM);
    }

    /**
     * Moves the position behind the header that begins there.
     *
     * @throws MalformedBlockException if none begins there, or it does not end
     */
    public static void skipHeader(ByteBuffer src) throws MalformedBlockException {
        int start = src.position();
        if (src.remaining() < HEADER
                || src.get(start) != 0x1f
                || src.get(start + 1) != (byte) 0x8b
                || src.get(start + 2) != 8) {
            throw new MalformedBlockException("no member of gzip: it does not begin as one");
        }
        int flags = src.get(start + FLAGS);
        src.position(start + HEADER);
        if ((flags & EXTRA) != 0) {
            skip(src, Short.BYTES);
            int length = (src.get(src.position() - 2) & 0xff) | ((src.get(src.position() - 1) & 0xff) << Byte.SIZE);
            skip(src, length);
        }
        if ((flags & NAME) != 0) {
            skipText(src);
        }
        if ((flags & COMMENT) != 0) {
            skipText(src);
        }
        if ((flags & HEADER_CRC) != 0) {
            skip(src, Short.BYTES);
        }
    }

    private static void skip(ByteBuffer src, int length) throws MalformedBlockException {
        if (src.remaining() < length) {
            throw new MalformedBlockException("no member of gzip: its header goes past the end");
        }
        src.position(src.position() + length);
    }

    private static void skipText(ByteBuffer src) throws MalformedBlockException {
        do {
            skip(src, 1);
        } while (src.get(src.position() - 1) != 0);
    }

    /** Writes the trailer. */
    static void putTrailer(ByteBuffer dst, long crc, int length) {
        putLittleEndian(dst, (int) crc);
        putLittleEndian(dst, length);
    }

    private static void putLittleEndian(ByteBuffer dst, int value) {
        dst.putInt(dst.order() == ByteOrder.LITTLE_ENDIAN ? value : Integer.reverseBytes(value));
    }

    private static int getLittleEndian(ByteBuffer src) {
        int value = src.getInt();
        return src.order() == ByteOrder.LITTLE_ENDIAN ? value : Integer.reverseBytes(value);
    }

    /** Reads the trailer and compares it. */
    static void checkTrailer(ByteBuffer src, long crc, int length) throws MalformedBlockException {
        if (src.remaining() != TRAILER) {
            throw new MalformedBlockException("a member of gzip with " + src.remaining() + " bytes behind its content");
        }
        if (getLittleEndian(src) != (int) crc || getLittleEndian(src) != length) {
            throw new MalformedBlockException("a member of gzip whose CRC or length is wrong");
        }
    }
}
