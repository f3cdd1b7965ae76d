package io.obd.nydusd;

import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mount that this daemon serves, which is unmounted at its end. */
final class OwnMount {
    private static final Logger log = LoggerFactory.getLogger(OwnMount.class);

    private final Path place;
    private final Optional<Integer> id;

    private OwnMount(Path place, Optional<Integer> id) {
        this.place = place;
        this.id = id;
    }

    /** Whatever it is. */
    static OwnMount uppermost(Path mountPoint) {
        return new OwnMount(mountPoint, Optional.empty());
    }

    /** What was just mounted, or taken over, or is there before. */
    static OwnMount at(Path mountPoint) throws IOException {
        // Not the real path of the mountpoint itself: that would ask who serves it.
        Path parent = mountPoint.getParent();
        Path place = parent == null ? mountPoint : parent.toRealPath().resolve(mountPoint.getFileName());
        return new OwnMount(place, MountTable.read().at(place).map(Mount::id));
    }

    /** Whether there was something at the place. */
    boolean isMounted() {
        return id.isPresent();
    }

    /** Unmounts lazily, unless somebody has mounted something else upon it: that would go instead. */
    void unmount() throws IOException {
        Optional<Mount> seen = MountTable.read().at(place);
        if (id.isPresent() && seen.isPresent() && !seen.map(Mount::id).equals(id)) {
            log.warn(
                    "{} stays mounted: {} ({}) was mounted upon it",
                    place,
                    seen.get().source(),
                    seen.get().type());
            return;
        }
        new Mounts().unmountLazily(place);
    }
}
