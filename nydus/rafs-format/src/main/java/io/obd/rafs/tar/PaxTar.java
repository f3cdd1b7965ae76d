package io.obd.rafs.tar;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Inode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;

/**
 * Writes headers of a tar in the form of POSIX: ustar, and pax records for what does not fit there. Names and attributes
 * are bytes, whatever they say.
 *
 * <pre>
 *   0 name[100]    100 mode[8]  108 uid[8]   116 gid[8]   124 size[12]  136 mtime[12]
 * 148 checksum[8]  156 type     157 link[100] 257 "ustar" NUL "00"      329 major[8]  337 minor[8]
 * </pre>
 */
final class PaxTar {
    static final char FILE = '0';
    static final char HARD_LINK = '1';
    static final char SYMLINK = '2';
    static final char CHARACTER_DEVICE = '3';
    static final char BLOCK_DEVICE = '4';
    static final char DIRECTORY = '5';
    static final char FIFO = '6';

    private static final char RECORDS = 'x';
    private static final int BLOCK = 512;
    private static final int NAME_LENGTH = 100;
    private static final int MODE = 100;
    private static final int UID = 108;
    private static final int GID = 116;
    private static final int SIZE = 124;
    private static final int MTIME = 136;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;
    private static final int LINK = 157;
    private static final int MAGIC = 257;
    private static final int MAJOR = 329;
    private static final int MINOR = 337;
    private static final int SHORT_NUMBER = 8;
    private static final int LONG_NUMBER = 12;
    private static final long SHORT_LIMIT = 1L << 21;
    private static final long LONG_LIMIT = 1L << 33;

    private final OutputStream out;

    PaxTar(OutputStream out) {
        this.out = out;
    }

    /**
     * Writes the header of an entry; {@code size} bytes and {@link #pad} have to follow.
     *
     * @param link target of a link of either kind, otherwise empty
     */
    void entry(ByteString name, char type, Inode inode, long size, ByteString link) throws IOException {
        byte[] records = records(name, inode, size, link);
        if (records.length > 0) {
            byte[] header = header(ByteString.of("./PaxHeaders/x"), RECORDS, records.length, ByteString.EMPTY);
            finish(header);
            out.write(records);
            pad(records.length);
        }
        byte[] header = header(name, type, size < LONG_LIMIT ? size : 0, link);
        number(header, MODE, SHORT_NUMBER, inode.permissions());
        number(header, UID, SHORT_NUMBER, inode.uid() < SHORT_LIMIT ? inode.uid() : 0);
        number(header, GID, SHORT_NUMBER, inode.gid() < SHORT_LIMIT ? inode.gid() : 0);
        long seconds = inode.modified().getEpochSecond();
        number(header, MTIME, LONG_NUMBER, seconds >= 0 && seconds < LONG_LIMIT ? seconds : 0);
        number(header, MAJOR, SHORT_NUMBER, inode.major());
        number(header, MINOR, SHORT_NUMBER, inode.minor());
        finish(header);
    }

    private static byte[] header(ByteString name, char type, long size, ByteString link) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, LINK, link);
        number(header, SIZE, LONG_NUMBER, size);
        header[TYPE] = (byte) type;
        byte[] magic = "ustar\00000".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(magic, 0, header, MAGIC, magic.length);
        return header;
    }

    private static void put(byte[] header, int at, ByteString text) {
        System.arraycopy(text.toBytes(), 0, header, at, Math.min(text.length(), NAME_LENGTH));
    }

    private static void number(byte[] header, int at, int length, long value) {
        String digits = Long.toOctalString(value);
        Arrays.fill(header, at, at + length - 1, (byte) '0');
        byte[] text = digits.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, header, at + length - 1 - text.length, text.length);
    }

    private void finish(byte[] header) throws IOException {
        Arrays.fill(header, CHECKSUM, CHECKSUM + SHORT_NUMBER, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, header, CHECKSUM, text.length);
        out.write(header);
    }

    private static byte[] records(ByteString name, Inode inode, long size, ByteString link) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        if (name.length() > NAME_LENGTH) {
            record(records, ByteString.of("path"), name);
        }
        if (link.length() > NAME_LENGTH) {
            record(records, ByteString.of("linkpath"), link);
        }
        if (size >= LONG_LIMIT) {
            record(records, ByteString.of("size"), ByteString.of(String.valueOf(size)));
        }
        if (inode.uid() >= SHORT_LIMIT) {
            record(records, ByteString.of("uid"), ByteString.of(String.valueOf(inode.uid())));
        }
        if (inode.gid() >= SHORT_LIMIT) {
            record(records, ByteString.of("gid"), ByteString.of(String.valueOf(inode.gid())));
        }
        Instant modified = inode.modified();
        long seconds = modified.getEpochSecond();
        int nanoseconds = modified.getNano();
        if (nanoseconds != 0 || seconds < 0 || seconds >= LONG_LIMIT) {
            record(records, ByteString.of("mtime"), ByteString.of(decimal(seconds, nanoseconds)));
        }
        for (Map.Entry<ByteString, ByteString> xattr : inode.xattrs().entrySet()) {
            record(records, ByteString.of("SCHILY.xattr.").concat(xattr.getKey()), xattr.getValue());
        }
        return records.toByteArray();
    }

    /** Seconds as a decimal number, also before 1970, where seconds are rounded down. */
    private static String decimal(long seconds, int nanoseconds) {
        if (seconds >= 0 || nanoseconds == 0) {
            return String.format("%d.%09d", seconds, nanoseconds);
        }
        return String.format("-%d.%09d", -(seconds + 1), 1_000_000_000 - nanoseconds);
    }

    /** A record states its own length, the digits of that included. */
    private static void record(ByteArrayOutputStream records, ByteString key, ByteString value) {
        int content = key.length() + value.length() + 3;
        int length = content + String.valueOf(content).length();
        length = content + String.valueOf(length).length();
        records.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
        records.writeBytes(key.toBytes());
        records.write('=');
        records.writeBytes(value.toBytes());
        records.write('\n');
    }

    /** Fills up the last block of so many bytes of content. */
    void pad(long size) throws IOException {
        out.write(new byte[(int) (-size & (BLOCK - 1))]);
    }

    /** Writes the end of the tar. */
    void end() throws IOException {
        out.write(new byte[2 * BLOCK]);
    }
}
