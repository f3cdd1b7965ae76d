package io.obd.fs.tar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes tars for tests, odd ones too. */
public final class TarBuilder {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int mode = 0644;

    /** Permissions of the entries that follow. */
    public TarBuilder mode(int mode) {
        this.mode = mode;
        return this;
    }

    public TarBuilder file(String name, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return entry(name, '0', "", bytes.length).data(bytes);
    }

    public TarBuilder directory(String name) {
        return entry(name, '5', "", 0);
    }

    public TarBuilder symlink(String name, String target) {
        return entry(name, '2', target, 0);
    }

    public TarBuilder hardLink(String name, String target) {
        return entry(name, '1', target, 0);
    }

    /** A pax header; {@code type} x or g. */
    public TarBuilder pax(char type, String... keysAndValues) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            byte[] rest = (" " + keysAndValues[i] + "=" + keysAndValues[i + 1] + "\n").getBytes(StandardCharsets.UTF_8);
            int length = rest.length + 1;
            while (Integer.toString(length).length() + rest.length != length) {
                length++;
            }
            records.writeBytes(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
            records.writeBytes(rest);
        }
        return entry("pax", type, "", records.size()).data(records.toByteArray());
    }

    /** A header without data. */
    public TarBuilder entry(String name, char type, String link, long size) {
        byte[] header = header(name, type, link);
        put(header, TarHeaderLayout.SIZE, "%011o".formatted(size));
        return block(header);
    }

    /** A header as the caller made it, but for its checksum. */
    TarBuilder block(byte[] header) {
        Arrays.fill(header, TarHeaderLayout.CHECKSUM, TarHeaderLayout.CHECKSUM + 8, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += Byte.toUnsignedInt(b);
        }
        put(header, TarHeaderLayout.CHECKSUM, "%06o\0 ".formatted(sum));
        out.writeBytes(header);
        return this;
    }

    byte[] header(String name, char type, String link) {
        byte[] header = new byte[TarHeaderLayout.BLOCK];
        put(header, TarHeaderLayout.NAME, name);
        put(header, TarHeaderLayout.MODE, "%07o".formatted(mode));
        put(header, TarHeaderLayout.MTIME, "%011o".formatted(1_700_000_000));
        header[TarHeaderLayout.TYPE] = (byte) type;
        put(header, TarHeaderLayout.LINK, link);
        put(header, TarHeaderLayout.MAGIC, "ustar\00000");
        return header;
    }

    static void put(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }

    /** Bytes, filled up to a block. */
    public TarBuilder data(byte[] bytes) {
        return raw(bytes).raw(new byte[-bytes.length & (TarHeaderLayout.BLOCK - 1)]);
    }

    /** Bytes as they are. */
    public TarBuilder raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** The tar with its end. */
    public byte[] build() {
        return raw(new byte[2 * TarHeaderLayout.BLOCK]).unfinished();
    }

    /** The tar as far as it was written. */
    public byte[] unfinished() {
        return out.toByteArray();
    }
}
