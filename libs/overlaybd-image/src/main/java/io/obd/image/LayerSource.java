package io.obd.image;

import io.obd.block.BlobReader;
import io.obd.image.ImageConfig.Lower;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the blob of one lower layer: a file on this host, or else the registry. */
final class LayerSource {
    private static final List<String> NAMES = List.of("overlaybd.commit", ".commit", "overlaybd.sealed");

    private final Lower lower;
    private final String repoBlobUrl;
    private final Optional<Path> local;

    LayerSource(Lower lower, String repoBlobUrl) {
        this.lower = lower;
        this.repoBlobUrl = repoBlobUrl;
        this.local = candidates(lower).stream().filter(Files::exists).findFirst();
    }

    BlobReader open(RemoteBlobs remote) throws IOException {
        if (local.isPresent()) {
            return LocalFile.open(local.get());
        }
        if (lower.digest().isEmpty()) {
            throw missing("no such file, and no digest to ask a registry for");
        }
        if (repoBlobUrl.isEmpty()) {
            throw missing("empty repoBlobUrl, and no such file: " + candidates(lower));
        }
        return remote.open(repoBlobUrl, digest(), lower.size());
    }

    private ImageOpenException missing(String problem) {
        return new ImageOpenException(
                problem, new NoSuchFileException(candidates(lower).toString()));
    }

    private Digest digest() throws ImageOpenException {
        try {
            return Digest.parse(lower.digest());
        } catch (IllegalArgumentException e) {
            throw new ImageOpenException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The file on this host that the layer would be read from. */
    Optional<Path> local() {
        return local;
    }

    private static List<Path> candidates(Lower lower) {
        List<Path> candidates = new ArrayList<>();
        if (!lower.file().isEmpty()) {
            candidates.add(Path.of(lower.file()));
        }
        if (!lower.dir().isEmpty()) {
            NAMES.forEach(name -> candidates.add(Path.of(lower.dir(), name)));
        }
        return candidates;
    }

    /** Path or URL. */
    @Override
    public String toString() {
        if (local.isPresent()) {
            return local.get().toString();
        }
        return lower.digest().isEmpty()
                ? candidates(lower).toString()
                : repoBlobUrl + (repoBlobUrl.endsWith("/") ? "" : "/") + lower.digest();
    }
}
