package io.obd.tcmu;

import io.obd.fuse.FuseConnection;
import io.obd.fuse.FuseServer;
import io.obd.linux.ErrnoException;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an earlier run of the daemon left behind when it was killed: a mount whose server is dead, and loop devices on
 * its files, whose reads all fail. To be cleaned only by who holds the directory's lock: then nothing there is alive.
 */
final class Leftovers {
    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

    private final Path mountPoint;
    private final LoopDevices loops;

    Leftovers(Path mountPoint, LoopDevices loops) {
        this.mountPoint = mountPoint;
        this.loops = loops;
    }

    /** Removes what nobody uses, and names what somebody does. */
    void clean() throws IOException {
        List<Mount> mounts = mounts();
        for (Mount mount : mounts) {
            FuseConnection.of(mount).abort();
        }
        for (LoopDevice device : loops.list()) {
            if (Path.of(device.backingFile()).startsWith(mountPoint)) {
                detach(device);
            }
        }
        for (Mount mount : mounts) {
            unmount(mount);
        }
    }

    private List<Mount> mounts() throws IOException {
        return MountTable.read().below(mountPoint).stream()
                .filter(mount ->
                        mount.type().equals(FuseServer.TYPE) && mount.target().equals(mountPoint))
                .toList();
    }

    private void detach(LoopDevice device) throws IOException {
        try {
            loops.detach(device);
            log.info("detached {}, left behind by an earlier run on {}", device.path(), device.backingFile());
        } catch (ErrnoException e) {
            log.warn(
                    "left behind by an earlier run, and its reads fail: {} on {}: {}",
                    device.path(),
                    device.backingFile(),
                    e.getMessage());
        }
    }

    private static void unmount(Mount mount) {
        try {
            new Mounts().unmount(mount.target());
            log.info("unmounted {}, left behind by an earlier run", mount.target());
        } catch (ErrnoException e) {
            // A loop device that is in use holds it. The new mount covers it.
            log.warn("left behind by an earlier run: {}", e.getMessage());
        }
    }
}
