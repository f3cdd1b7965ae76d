package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes directories that no record needs. What cannot be removed now is removed another time. */
final class Orphans {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

    private final SnapshotDirectories directories;
    private final MetadataStore store;
    private final BlockingCalls blocking;

    Orphans(SnapshotDirectories directories, MetadataStore store, BlockingCalls blocking) {
        this.directories = directories;
        this.store = store;
        this.blocking = blocking;
    }

    void removeAll() throws IOException {
        for (Path orphan : directories.orphans(store::ids)) {
            LOG.info("removing {}, which belongs to no snapshot", orphan);
            remove(orphan);
        }
    }

    void remove(Path directory) {
        try {
            blocking.run(() -> {
                directories.delete(directory);
                return directory;
            });
        } catch (IOException e) {
            LOG.warn("{} is left to the next cleanup: {}", directory, e.getMessage());
        }
    }
}
