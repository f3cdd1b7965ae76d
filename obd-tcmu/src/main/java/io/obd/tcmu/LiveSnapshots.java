package io.obd.tcmu;

import io.obd.image.AtomicFile;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.ImageOpener;
import io.obd.linux.Reason;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes snapshots of an image made of layers. The specification is replaced while writing waits, after the layer was sealed
 * and before anything is written to the next one: at any moment the specification on the disk leads to all that was
 * flushed.
 */
final class LiveSnapshots implements Snapshots {
    private static final Logger log = LoggerFactory.getLogger(LiveSnapshots.class);

    private final LayeredImage image;
    private ImageConfig current;

    /** @param config what the image was opened with */
    LiveSnapshots(LayeredImage image, ImageConfig config) {
        this.image = image;
        this.current = config;
    }

    @Override
    public synchronized void take(Path active, Path next) throws IOException {
        ImageConfig config = ImageConfig.read(next);
        check(config);
        // Most of what has to reach the disk does so here, when writing does not have to wait for it.
        image.flush();
        try (AtomicFile replacement = AtomicFile.prepare(active, Files.readAllBytes(next))) {
            continueOn(config.upper(), () -> put(replacement, active));
        }
        current = config;
        remove(next, active);
    }

    /** A file that is left over does no harm. */
    private static void remove(Path next, Path active) {
        try {
            if (!Files.isSameFile(active, next)) {
                Files.delete(next);
            }
        } catch (IOException e) {
            log.warn("{}: taken over as {}, but not removed: {}", next, active, Reason.withCauses(e));
        }
    }

    private void continueOn(Upper upper, LayeredImage.SnapshotCommit commit) throws IOException {
        WritableLayer top = ImageOpener.openUpper(upper);
        try {
            image.restack(top, commit);
        } catch (IOException | RuntimeException e) {
            try (top) {
                throw e;
            }
        }
    }

    /** Once the specification is replaced there is no way back: a directory that cannot be synced is told and no more. */
    private static void put(AtomicFile replacement, Path active) throws IOException {
        replacement.replace();
        try {
            replacement.sync();
        } catch (IOException e) {
            log.error(
                    "{}: a power cut may bring back the specification before the snapshot: {}",
                    active,
                    Reason.withCauses(e));
        }
    }

    /** The layers of the next specification must be those of now, or what was written would be lost at the next attach. */
    private void check(ImageConfig next) throws IOException {
        if (!next.upper().isPresent()) {
            throw new IOException("the new specification has no upper, with both data and index");
        }
        for (String file : List.of(next.upper().data(), next.upper().index())) {
            if (isSame(file, current.upper().data())
                    || isSame(file, current.upper().index())) {
                throw new IOException(
                        "upper: " + file + " is a file of the layer that is written now, a new one is expected");
            }
        }
        if (next.accelerationLayer() || current.accelerationLayer()) {
            throw new IOException("an image with an acceleration layer cannot have snapshots");
        }
        int below = current.lowers().size();
        if (next.lowers().size() != below + 1) {
            throw new IOException(
                    "lowers: " + (below + 1) + " layers are expected, those of now and the upper of now, found "
                            + next.lowers().size());
        }
        for (int i = 0; i < below; i++) {
            if (!isSame(next.lowers().get(i), current.lowers().get(i))) {
                throw new IOException("lowers: layer " + i + " is not that of now");
            }
        }
        Path top = next.lowers().getLast().localFile().orElse(Path.of(""));
        if (!isSame(top.toString(), current.upper().data())) {
            throw new IOException("lowers: the highest layer is not the upper of now, "
                    + current.upper().data());
        }
    }

    private static boolean isSame(Lower a, Lower b) throws IOException {
        if (!a.digest().isEmpty() && a.digest().equals(b.digest())) {
            return true;
        }
        Path file = a.localFile().orElse(null);
        Path other = b.localFile().orElse(null);
        return (file != null && other != null) ? Files.isSameFile(file, other) : a.equals(b);
    }

    private static boolean isSame(String file, String other) throws IOException {
        Path path = Path.of(file);
        return Files.exists(path) && Files.isSameFile(path, Path.of(other));
    }
}
