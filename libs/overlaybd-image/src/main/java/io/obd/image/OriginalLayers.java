package io.obd.image;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.block.StreamCompression;
import io.obd.block.gzip.GzipReader;
import io.obd.block.gzip.SpanCache;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Opens the original layers that turboOCI layers refer to, uncompressed: a tar as it is, a gzip one by means of its
 * index.
 */
final class OriginalLayers {
    private final RemoteBlobs remote;
    private final SpanCache spans;

    /** @param spans what was decompressed last */
    OriginalLayers(RemoteBlobs remote, SpanCache spans) {
        this.remote = remote;
        this.spans = spans;
    }

    /** The original layer of a lower layer: a file on this host if one is named, else from the registry. */
    BlobReader open(Lower lower, String repoBlobUrl) throws IOException {
        BlobReader blob = lower.targetFile().isEmpty()
                ? remote(lower.targetDigest(), repoBlobUrl)
                : LocalFile.open(Path.of(lower.targetFile()));
        if (lower.gzipIndex().isEmpty()) {
            return blob;
        }
        BlobReader uncompressed = uncompressed(blob, lower.gzipIndex());
        if (lower.targetDigest().isEmpty()) {
            return uncompressed;
        }
        try {
            return remote.cached(digest(lower.targetDigest()), uncompressed);
        } catch (IOException e) {
            try (uncompressed) {
                throw e;
            }
        }
    }

    /** The original layer of a layer that is being made; empty if it is compressed and has no index yet. */
    Optional<BlobReader> open(Upper upper) throws IOException {
        BlobReader blob = LocalFile.open(Path.of(upper.target()));
        if (!upper.gzipIndex().isEmpty()) {
            return Optional.of(uncompressed(blob, upper.gzipIndex()));
        }
        try {
            if (StreamCompression.of(blob) == StreamCompression.NONE) {
                return Optional.of(blob);
            }
        } catch (IOException e) {
            try (blob) {
                throw e;
            }
        }
        blob.close();
        return Optional.empty();
    }

    private BlobReader remote(String targetDigest, String repoBlobUrl) throws IOException {
        if (repoBlobUrl.isEmpty()) {
            throw new ImageOpenException("empty repoBlobUrl, and no targetFile");
        }
        return remote.open(repoBlobUrl, digest(targetDigest), 0);
    }

    /** @param blob closed when this fails */
    private BlobReader uncompressed(BlobReader blob, String gzipIndex) throws IOException {
        try {
            BlobReader index = LocalFile.open(Path.of(gzipIndex));
            try (FileBlob checksums = ifExists(Path.of(gzipIndex + GzipReader.CHECKSUMS_SUFFIX))) {
                return GzipReader.open(blob, index, checksums, spans);
            } catch (IOException e) {
                try (index) {
                    throw e;
                }
            }
        } catch (IOException e) {
            try (blob) {
                throw e;
            }
        }
    }

    private static @Nullable FileBlob ifExists(Path file) throws IOException {
        return Files.exists(file) ? LocalFile.open(file) : null;
    }

    private static Digest digest(String digest) throws ImageOpenException {
        try {
            return Digest.parse(digest);
        } catch (IllegalArgumentException e) {
            throw new ImageOpenException("targetDigest: " + e.getMessage(), e);
        }
    }
}
