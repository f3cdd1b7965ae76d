package io.obd.fuse;

import io.obd.linux.Mount;
import io.obd.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The kernel's side of a FUSE mount that somebody else served, for taking it down when that server is dead. */
public final class FuseConnection {
    private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

    private final Path directory;

    private FuseConnection(Path directory) {
        this.directory = directory;
    }

    /** The connection of a FUSE mount. */
    public static FuseConnection of(Mount mount) throws IOException {
        if (isEmpty(CONNECTIONS)) {
            // With a FUSE mount there it can only be empty because the control file system is not mounted.
            new Mounts().mount("fusectl", CONNECTIONS, "fusectl", List.of());
        }
        String device = mount.device();
        return new FuseConnection(CONNECTIONS.resolve(device.substring(device.indexOf(':') + 1)));
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    /** Fails every request, those under way too, for good: nobody waits for the dead server any longer. */
    public void abort() throws IOException {
        Files.writeString(directory.resolve("abort"), "1");
    }
}
