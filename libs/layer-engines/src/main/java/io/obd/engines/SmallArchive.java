package io.obd.engines;

import io.obd.registry.Digest;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.util.zip.GZIPOutputStream;

/** A gzip tar of a few files without owners and times, so that equal files give equal bytes. */
final class SmallArchive implements Closeable {
    private static final int MODE = 0644;
    private static final int BUFFER = 64 << 10;

    private final DigestOutputStream blob;
    private final DigestOutputStream tar;

    private SmallArchive(DigestOutputStream blob, DigestOutputStream tar) {
        this.blob = blob;
        this.tar = tar;
    }

    /** Starts a new file. */
    static SmallArchive create(Path file) throws IOException {
        DigestOutputStream blob = new DigestOutputStream(
                new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), BUFFER),
                Digest.sha256Hasher());
        return new SmallArchive(
                blob, new DigestOutputStream(new GZIPOutputStream(blob, BUFFER), Digest.sha256Hasher()));
    }

    void add(String name, Path file) throws IOException {
        long size = Files.size(file);
        tar.write(TarHeader.of(name, MODE, size));
        Files.copy(file, tar);
        tar.write(new byte[TarHeader.padding(size)]);
    }

    void addEmpty(String name) throws IOException {
        tar.write(TarHeader.of(name, MODE, 0));
    }

    /** Writes the end. */
    ArchiveDigests finish() throws IOException {
        tar.write(new byte[TarHeader.END]);
        tar.close();
        return new ArchiveDigests(
                Digest.ofHash("sha256", blob.getMessageDigest().digest()),
                Digest.ofHash("sha256", tar.getMessageDigest().digest()));
    }

    @Override
    public void close() throws IOException {
        try (blob) {
            tar.close();
        }
    }
}
