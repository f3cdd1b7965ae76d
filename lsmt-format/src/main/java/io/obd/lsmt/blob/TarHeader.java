package io.obd.lsmt.blob;

import io.obd.block.CorruptBlobException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The header block of a tar member, as far as the wrapper of a layer uses it:
 *
 * <pre>
 *    0  name       100
 *  100  mode         8   octal
 *  108  uid          8
 *  116  gid          8
 *  124  size        12
 *  136  mtime       12
 *  148  chksum       8   sum of all bytes, these taken as spaces
 *  156  typeflag     1
 *  257  magic        6   "ustar" NUL
 *  263  version      2   "00"
 *  265  uname       32
 *  297  gname       32
 * </pre>
 */
final class TarHeader {
    /** Bytes of a header, and the unit of a tar. */
    static final int SIZE = 512;

    static final byte PAX = 'x';
    static final byte PAX_GLOBAL = 'g';
    static final byte FILE = '0';

    static final int SIZE_OFFSET = 124;

    private static final int NAME_OFFSET = 0;
    private static final int MODE_OFFSET = 100;
    private static final int UID_OFFSET = 108;
    private static final int GID_OFFSET = 116;
    private static final int SIZE_DIGITS = 11;
    private static final int MTIME_OFFSET = 136;
    private static final int CHECKSUM_OFFSET = 148;
    private static final int CHECKSUM_SIZE = 8;
    private static final int TYPE_OFFSET = 156;
    private static final int MAGIC_OFFSET = 257;
    private static final int VERSION_OFFSET = 263;
    private static final int USER_NAME_OFFSET = 265;
    private static final int GROUP_NAME_OFFSET = 297;

    private static final byte[] MAGIC = ascii("ustar");
    private static final byte[] VERSION = ascii("00");

    private final ByteBuffer block;

    /** @param block {@value #SIZE} bytes */
    TarHeader(ByteBuffer block) {
        this.block = block;
    }

    /** Whether this is a POSIX header with the right checksum; one of GNU format is none. */
    boolean isValid() {
        return startsWith(MAGIC_OFFSET, MAGIC) && startsWith(VERSION_OFFSET, VERSION) && hasChecksum();
    }

    byte type() {
        return block.get(TYPE_OFFSET);
    }

    /** The size field, in bytes. */
    long size(String blob, long position) throws CorruptBlobException {
        long size = octal(SIZE_OFFSET, SIZE_DIGITS + 1);
        if (size < 0) {
            throw new CorruptBlobException(blob, position + SIZE_OFFSET, "tar header: size is no octal number");
        }
        return size;
    }

    /** Header of the extended attributes that give the size of the file after it. */
    static ByteBuffer pax(int recordLength) {
        ByteBuffer out = header("overlaybd.pax", PAX, recordLength);
        return withChecksum(out);
    }

    /** Header of the file; its size is what the extended attributes say. */
    static ByteBuffer file() {
        ByteBuffer out = header("overlaybd.commit", FILE, 0);
        out.put(MODE_OFFSET, number("100644"))
                .put(UID_OFFSET, number("0"))
                .put(GID_OFFSET, number("0"))
                .put(MTIME_OFFSET, longNumber(0))
                .put(USER_NAME_OFFSET, ascii("root"))
                .put(GROUP_NAME_OFFSET, ascii("root"));
        return withChecksum(out);
    }

    private static ByteBuffer header(String name, byte type, long size) {
        return ByteBuffer.allocateDirect(SIZE)
                .put(NAME_OFFSET, ascii(name))
                .put(SIZE_OFFSET, longNumber(size))
                .put(TYPE_OFFSET, type)
                .put(MAGIC_OFFSET, MAGIC)
                .put(VERSION_OFFSET, VERSION);
    }

    private static ByteBuffer withChecksum(ByteBuffer out) {
        return out.put(CHECKSUM_OFFSET, number(Long.toOctalString(new TarHeader(out).sum(0xFF))));
    }

    private static byte[] longNumber(long value) {
        return ascii(String.format("%" + SIZE_DIGITS + "o ", value));
    }

    private static byte[] number(String octal) {
        return ascii(String.format("%6s \0", octal));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private boolean hasChecksum() {
        long stated = octal(CHECKSUM_OFFSET, CHECKSUM_SIZE);
        return stated == sum(0xFF) || stated == sum(-1);
    }

    /** Sum of the bytes with the checksum taken as spaces; a mask of 0xFF makes them unsigned, one of -1 signed. */
    private long sum(int mask) {
        long sum = 0;
        for (int i = 0; i < SIZE; i++) {
            boolean checksum = i >= CHECKSUM_OFFSET && i < CHECKSUM_OFFSET + CHECKSUM_SIZE;
            sum += checksum ? ' ' : block.get(i) & mask;
        }
        return sum;
    }

    private boolean startsWith(int offset, byte[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (block.get(offset + i) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    /** A number in octal digits between spaces or NULs, -1 if the field is something else. */
    private long octal(int offset, int length) {
        int i = offset;
        int end = offset + length;
        while (i < end && block.get(i) == ' ') {
            i++;
        }
        long value = 0;
        int digits = 0;
        for (; i < end && block.get(i) >= '0' && block.get(i) <= '7'; i++, digits++) {
            value = 8 * value + block.get(i) - '0';
        }
        boolean ended = i == end || block.get(i) == ' ' || block.get(i) == 0;
        return ended && digits > 0 ? value : -1;
    }
}
