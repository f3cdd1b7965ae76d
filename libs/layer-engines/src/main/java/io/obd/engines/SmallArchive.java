package io.obd.engines;

import io.obd.registry.Digest;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPOutputStream;

/** A gzip tar of a few files without owners and times, so that equal files give equal bytes. */
final class SmallArchive implements Closeable {
    private static final int BLOCK = 512;
    private static final int BUFFER = 64 << 10;

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

    private final DigestOutputStream blob;
    private final DigestOutputStream tar;

    private SmallArchive(DigestOutputStream blob, DigestOutputStream tar) {
        this.blob = blob;
        this.tar = tar;
    }

    /** Starts a new file. */
    static SmallArchive create(Path file) throws IOException {
        DigestOutputStream blob = new DigestOutputStream(
                new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), BUFFER), sha256());
        return new SmallArchive(blob, new DigestOutputStream(new GZIPOutputStream(blob, BUFFER), sha256()));
    }

    private static MessageDigest sha256() {
        return Digest.sha256(new byte[0]).hasher();
    }

    void add(String name, Path file) throws IOException {
        long size = Files.size(file);
        tar.write(header(name, size));
        Files.copy(file, tar);
        tar.write(new byte[(int) (-size & (BLOCK - 1))]);
    }

    void addEmpty(String name) throws IOException {
        tar.write(header(name, 0));
    }

    /** Writes the end. */
    ArchiveDigests finish() throws IOException {
        tar.write(new byte[2 * BLOCK]);
        tar.close();
        return new ArchiveDigests(
                Digest.ofHash("sha256", blob.getMessageDigest().digest()),
                Digest.ofHash("sha256", tar.getMessageDigest().digest()));
    }

    private static byte[] header(String name, long size) {
        byte[] header = new byte[BLOCK];
        put(header, NAME, name);
        put(header, MODE, "0000644");
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

    private static void put(byte[] header, int at, String text) {
        ByteBuffer.wrap(header).put(at, text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
        try (blob) {
            tar.close();
        }
    }
}
