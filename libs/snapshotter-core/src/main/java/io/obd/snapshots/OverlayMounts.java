package io.obd.snapshots;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The mounts that show a snapshot: a bind mount of one directory, or an overlay of several. */
final class OverlayMounts {
    private static final Path INDEX_PARAMETER = Path.of("/sys/module/overlay/parameters/index");

    private final boolean indexKnown;

    OverlayMounts() {
        this(Files.exists(INDEX_PARAMETER));
    }

    OverlayMounts(boolean indexKnown) {
        this.indexKnown = indexKnown;
    }

    /**
     * The mounts of an active snapshot or a view.
     *
     * @param directory the snapshot's own
     * @param lowers directories below it, nearest first
     */
    List<Mount> of(Kind kind, Path directory, List<Path> lowers) {
        Path fs = SnapshotDirectories.fs(directory);
        if (lowers.isEmpty()) {
            return List.of(bind(fs, kind == Kind.VIEW ? "ro" : "rw", "rbind"));
        }
        if (kind == Kind.VIEW && lowers.size() == 1) {
            return List.of(bind(lowers.getFirst(), "ro", "rbind"));
        }
        List<String> options = new ArrayList<>();
        if (indexKnown) {
            // With an index the same upper directory could not be mounted again after a copy of it was made.
            options.add("index=off");
        }
        if (kind == Kind.ACTIVE) {
            options.add("workdir=" + SnapshotDirectories.work(directory));
            options.add("upperdir=" + fs);
        }
        options.add("lowerdir=" + lowers.stream().map(Path::toString).collect(Collectors.joining(":")));
        return List.of(new Mount("overlay", "overlay", options));
    }

    /**
     * The mounts of a snapshot of the provider's.
     *
     * @param shown as the provider shows it; if it does not, the caller fills its directory
     */
    List<Mount> of(Optional<Mount> shown, Layer layer) {
        return List.of(shown.orElseGet(() -> bind(layer.fs(), "rw", "bind")));
    }

    private static Mount bind(Path source, String... options) {
        return new Mount("bind", source.toString(), List.of(options));
    }
}
