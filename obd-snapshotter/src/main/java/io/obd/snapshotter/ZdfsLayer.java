package io.obd.snapshotter;

import io.obd.image.ImageConfig.Lower;
import io.obd.registry.Digest;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * A layer of the form that preceded overlaybd's labels: a directory of small files that say where the layer is.
 *
 * <pre>
 * .aaaaaaaaaaaaaaaa.lsmt
 * .checksum_file
 * .oss_url        where the layer is; the last part is its digest
 * .data_size      its size in bytes
 * .type
 * .trace          may be missing
 * </pre>
 *
 * @param files directory with the files
 * @param repoBlobUrl the URL without the digest
 * @param digest of the layer
 * @param size of the layer in bytes
 */
record ZdfsLayer(Path files, String repoBlobUrl, String digest, long size) {
    /** What the lowest layer lies on: it comes with the original's package. */
    static final Lower BASE = Lower.file("/opt/overlaybd/baselayers/.commit");

    private static final String URL = ".oss_url";
    private static final String SIZE = ".data_size";
    private static final List<String> NEEDED = List.of(".aaaaaaaaaaaaaaaa.lsmt", ".checksum_file", URL, SIZE, ".type");
    private static final String TRACE = ".trace";
    private static final int TEXT_LIMIT = 4096;

    /**
     * The layer in an unpacked directory, if there is one.
     *
     * @throws SnapshotException failed precondition if its files say nothing that makes sense
     */
    static Optional<ZdfsLayer> in(Path fs) throws IOException {
        for (String name : NEEDED) {
            if (!Files.isRegularFile(fs.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty();
            }
        }
        String url = text(fs.resolve(URL));
        int slash = url.lastIndexOf('/');
        try {
            Digest digest = Digest.parse(url.substring(slash + 1));
            long size = Long.parseLong(text(fs.resolve(SIZE)));
            if (slash > 0 && size > 0 && digest.toString().startsWith("sha256:")) {
                return Optional.of(new ZdfsLayer(fs, url.substring(0, slash), digest.toString(), size));
            }
        } catch (IllegalArgumentException e) {
            throw refused(fs, url, e.toString());
        }
        throw refused(fs, url, "a URL that ends with sha256:..., and a positive size, are expected");
    }

    private static SnapshotException refused(Path fs, String url, String reason) {
        return new SnapshotException(
                Code.FAILED_PRECONDITION,
                "the zdfs layer in " + fs + " cannot be used (" + URL + " \"" + url + "\", " + SIZE + "): " + reason);
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(TEXT_LIMIT), StandardCharsets.UTF_8).strip();
        }
    }

    /** Copies the files beside the device specification, where the backend looks for them, and to {@code zdfsmeta}. */
    void copyTo(Path block) throws IOException {
        Path kept = Files.createDirectories(block.resolveSibling("zdfsmeta"));
        for (Path target : List.of(kept, block)) {
            for (String name : NEEDED) {
                Files.copy(files.resolve(name), target.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
            if (Files.isRegularFile(files.resolve(TRACE), LinkOption.NOFOLLOW_LINKS)) {
                Files.copy(files.resolve(TRACE), target.resolve(TRACE), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
