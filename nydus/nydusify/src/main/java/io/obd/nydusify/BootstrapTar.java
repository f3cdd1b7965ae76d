package io.obd.nydusify;

import io.obd.registry.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes the layer of a nydus image that holds its bootstrap, a tar in gzip. Equal content makes equal bytes. */
final class BootstrapTar implements AutoCloseable {
    private static final String DIRECTORY = "image/";
    private static final int DIRECTORY_MODE = 0755;
    private static final int FILE_MODE = 0444;

    private final MessageDigest compressed = Digest.sha256Hasher();
    private final MessageDigest uncompressed = Digest.sha256Hasher();
    private final OutputStream file;
    private final ParallelGzip gzip;
    private final TarArchiveOutputStream tar;

    private BootstrapTar(OutputStream file) throws IOException {
        this.file = file;
        gzip = new ParallelGzip(new DigestOutputStream(file, compressed));
        // Records of the size of blocks: nothing is filled up behind the end.
        tar = new TarArchiveOutputStream(new DigestOutputStream(gzip, uncompressed), 512);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    }

    /** Digests of the finished layer. */
    record Digests(Digest compressed, Digest uncompressed) {}

    static BootstrapTar create(Path file) throws IOException {
        BootstrapTar created = new BootstrapTar(new BufferedOutputStream(Files.newOutputStream(file)));
        created.entry(DIRECTORY, DIRECTORY_MODE, 0);
        created.tar.closeArchiveEntry();
        return created;
    }

    void addBootstrap(ByteBuffer bootstrap) throws IOException {
        add(NydusFormat.BOOTSTRAP_FILE, bootstrap);
    }

    /** Adds the chunk information of a layer, which then need not be fetched out of its blob. */
    void addChunkInfo(Digest layer, ByteBuffer info) throws IOException {
        add(DIRECTORY + layer.hex() + ".blob.meta", info);
    }

    private void add(String name, ByteBuffer content) throws IOException {
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        entry(name, FILE_MODE, bytes.length);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    private void entry(String name, int mode, long size) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setMode(mode);
        entry.setModTime(0);
        entry.setIds(0, 0);
        entry.setSize(size);
        tar.putArchiveEntry(entry);
    }

    /** Ends the layer. */
    Digests finish() throws IOException {
        tar.finish();
        tar.flush();
        gzip.finish();
        return new Digests(
                Digest.ofHash("sha256", compressed.digest()), Digest.ofHash("sha256", uncompressed.digest()));
    }

    @Override
    public void close() throws IOException {
        try (file) {
            gzip.close();
        }
    }
}
