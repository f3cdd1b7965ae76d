package io.obd.ctr.trace;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A tar (ustar) with one file of root's, mode 0444, without times.
 *
 * <pre>
 * 0    name (100)      124  size (12, octal)      257  "ustar\0" "00"
 * 100  mode (8)        136  time (12)             265  names and device numbers, empty
 * 108  uid, gid (8)    148  checksum (8)
 * 156  type
 * </pre>
 */
final class TarFile {
    private static final int BLOCK = 512;
    private static final int NAME_LENGTH = 100;
    private static final int MODE = 100;
    private static final int UID = 108;
    private static final int GID = 116;
    private static final int SIZE = 124;
    private static final int TIME = 136;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;
    private static final int MAGIC = 257;
    private static final int SHORT_NUMBER = 7;
    private static final int LONG_NUMBER = 11;

    private TarFile() {}

    /** The whole tar, with its two blocks of zeros at the end. */
    static byte[] of(String name, byte[] content) {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        tar.writeBytes(header(name, content.length));
        tar.writeBytes(content);
        tar.writeBytes(new byte[Math.floorMod(-content.length, BLOCK)]);
        tar.writeBytes(new byte[2 * BLOCK]);
        return tar.toByteArray();
    }

    private static byte[] header(String name, int size) {
        byte[] header = new byte[BLOCK];
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > NAME_LENGTH) {
            throw new IllegalArgumentException(name + " is longer than " + NAME_LENGTH + " bytes");
        }
        put(header, 0, bytes);
        number(header, MODE, SHORT_NUMBER, 0444);
        number(header, UID, SHORT_NUMBER, 0);
        number(header, GID, SHORT_NUMBER, 0);
        number(header, SIZE, LONG_NUMBER, size);
        number(header, TIME, LONG_NUMBER, 0);
        header[TYPE] = '0';
        put(header, MAGIC, "ustar\00000".getBytes(StandardCharsets.US_ASCII));
        // The checksum counts its own field as blanks.
        Arrays.fill(header, CHECKSUM, CHECKSUM + 8, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        number(header, CHECKSUM, 6, sum);
        header[CHECKSUM + 6] = 0;
        return header;
    }

    private static void number(byte[] header, int offset, int digits, int value) {
        String octal = Integer.toOctalString(value);
        put(header, offset, ("0".repeat(digits - octal.length()) + octal).getBytes(StandardCharsets.US_ASCII));
    }

    private static void put(byte[] header, int offset, byte[] bytes) {
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }
}
