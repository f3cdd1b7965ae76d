package io.obd.nydussnapshotter;

import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The metadata of a nydus image as its layer holds it.
 *
 * <pre>
 * image/image.boot         or image.boot
 * image/&lt;blob&gt;.blob.meta   what is known of each data blob beforehand (RAFS 6)
 * </pre>
 *
 * <p>Its version shows in the magic: little-endian 0x52414653 at 0 (RAFS 5), or EROFS's 0xE0F5E1E2 at 1024 (RAFS 6).
 */
record BootstrapFile(Path path) {
    private static final String NAME = "image.boot";
    private static final String BLOB_META = ".blob.meta";

    private static final int V5_OFFSET = 0;
    private static final int V5_MAGIC = 0x52414653;
    private static final int V6_OFFSET = 1024;
    private static final int V6_MAGIC = 0xE0F5E1E2;
    private static final int HEAD = V6_OFFSET + Integer.BYTES;

    /**
     * Finds it.
     *
     * @throws SnapshotException failed precondition, if there is none
     */
    static BootstrapFile of(Layer layer) throws SnapshotException {
        return Stream.of(layer.fs().resolve("image").resolve(NAME), layer.fs().resolve(NAME))
                .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                .findFirst()
                .map(BootstrapFile::new)
                .orElseThrow(() -> new SnapshotException(
                        Code.FAILED_PRECONDITION,
                        layer.name() + " is no bootstrap layer, although label " + Labels.BOOTSTRAP
                                + " says so: there is no image/" + NAME + " in it"));
    }

    /**
     * The version of RAFS: {@code v5} or {@code v6}.
     *
     * @throws SnapshotException failed precondition, if it is neither
     */
    String version() throws IOException {
        ByteBuffer head;
        try (InputStream in = Files.newInputStream(path)) {
            head = ByteBuffer.wrap(in.readNBytes(HEAD)).order(ByteOrder.LITTLE_ENDIAN);
        }
        if (head.limit() == HEAD && head.getInt(V6_OFFSET) == V6_MAGIC) {
            return "v6";
        }
        if (head.limit() == HEAD && head.getInt(V5_OFFSET) == V5_MAGIC) {
            return "v5";
        }
        throw new SnapshotException(
                Code.FAILED_PRECONDITION, path + " is no RAFS bootstrap: it has the magic of neither version");
    }

    /** Files with what is known of data blobs beforehand; daemons look for them in their cache. */
    List<Path> blobMetas() throws IOException {
        List<Path> metas = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path.resolveSibling("."), "*" + BLOB_META)) {
            for (Path entry : entries) {
                if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    metas.add(entry);
                }
            }
        }
        return metas;
    }
}
