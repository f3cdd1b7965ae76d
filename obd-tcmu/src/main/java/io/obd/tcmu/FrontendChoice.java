package io.obd.tcmu;

import io.obd.image.ServiceConfig.Frontend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Decides which frontend serves the devices. */
final class FrontendChoice {
    private static final List<Path> NEEDED = List.of(Path.of("/dev/fuse"), Path.of("/dev/loop-control"));

    private FrontendChoice() {}

    /**
     * Why it is fuse-loop.
     *
     * @throws IOException if the configured frontend is not to be had here
     */
    static String reason(Frontend configured) throws IOException {
        if (configured == Frontend.TCMU) {
            throw new IOException("frontend tcmu is not available in this version: set frontend to auto or fuse-loop");
        }
        for (Path device : NEEDED) {
            if (!Files.exists(device)) {
                throw new IOException("frontend fuse-loop needs " + device + ": modprobe -a fuse loop");
            }
        }
        return configured == Frontend.AUTO ? "works on every kernel with FUSE and loop devices" : "as configured";
    }
}
