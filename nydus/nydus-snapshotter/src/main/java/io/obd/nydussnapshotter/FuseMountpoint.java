package io.obd.nydussnapshotter;

import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.snapshots.BlockingCalls;
import java.io.IOException;
import java.nio.file.Path;

/** The directory that a daemon mounts its images at. The mount itself is never looked into: its daemon may be gone. */
record FuseMountpoint(Path path, BlockingCalls blocking) {

    boolean isMounted() throws IOException {
        return blocking.run(MountTable::read).at(path).isPresent();
    }

    /**
     * Unmounts what is mounted.
     *
     * @throws IOException while something uses it
     */
    void unmount() throws IOException {
        blocking.run(() -> {
            if (MountTable.read().at(path).isPresent()) {
                new Mounts().unmount(path);
            }
            return path;
        });
    }

    /** Takes away what a process that is gone has mounted: whoever has it open keeps it. */
    void clear() throws IOException {
        blocking.run(() -> {
            while (MountTable.read().at(path).isPresent()) {
                new Mounts().unmountLazily(path);
            }
            return path;
        });
    }
}
