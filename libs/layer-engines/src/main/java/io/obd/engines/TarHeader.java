package io.obd.engines;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The header of a file in a tar without owners and times, byte for byte as Go's {@code archive/tar} writes it when name, mode
 * and size are all that it is told.
 */
final class TarHeader {
    private static final int BLOCK = 512;

    /** Bytes of zeros that end a tar. */
    static final int END = 2 * BLOCK;

    private static final int NAME = 0;
    private static final int MODE = 100;
    private static final int UID = 108;
    private static final int GID = 116;
    private static final int SIZE = 124;
    private static final int MTIME = 136;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;
    private static final int MAGIC = 257;
    private static final int DEVICE_MAJOR = 329;
    private static final int DEVICE_MINOR = 337;

    private TarHeader() {}

    /**
     * @param name at most 100 bytes of ASCII
     * @param size bytes, less than 8 GiB
     */
    static byte[] of(String name, int mode, long size) {
        byte[] header = new byte[BLOCK];
        put(header, NAME, name);
        put(header, MODE, "%07o".formatted(mode));
        put(header, UID, "0000000");
        put(header, GID, "0000000");
        put(header, SIZE, "%011o".formatted(size));
        put(header, MTIME, "00000000000");
        put(header, CHECKSUM, "        ");
        put(header, TYPE, "0");
        put(header, MAGIC, "ustar\00000");
        put(header, DEVICE_MAJOR, "0000000");
        put(header, DEVICE_MINOR, "0000000");
        int sum = 0;
        for (byte b : header) {
            sum += Byte.toUnsignedInt(b);
        }
        put(header, CHECKSUM, "%06o\0 ".formatted(sum));
        return header;
    }

    /** Bytes of zeros that follow a file of so many. */
    static int padding(long size) {
        return (int) (-size & (BLOCK - 1));
    }

    private static void put(byte[] header, int at, String text) {
        ByteBuffer.wrap(header).put(at, text.getBytes(StandardCharsets.US_ASCII));
    }
}
