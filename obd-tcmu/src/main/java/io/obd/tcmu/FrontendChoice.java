package io.obd.tcmu;

import io.obd.image.ServiceConfig.Frontend;
import io.obd.linux.TargetModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which frontend serves the devices.
 *
 * @param reason why it is this one, for the log
 */
record FrontendChoice(Frontend frontend, String reason) {
    private static final List<Path> NEEDED = List.of(Path.of("/dev/fuse"), Path.of("/dev/loop-control"));

    /**
     * Takes the configured frontend, or the best that this kernel has.
     *
     * @throws IOException if it is not to be had here
     */
    static FrontendChoice of(Frontend configured) throws IOException {
        if (configured == Frontend.FUSE_LOOP) {
            return fuseLoop("as configured");
        }
        Optional<String> missing = TargetModule.load();
        if (missing.isEmpty()) {
            return new FrontendChoice(
                    Frontend.TCMU, configured == Frontend.TCMU ? "as configured" : "the kernel has target_core_user");
        }
        if (configured == Frontend.TCMU) {
            throw new IOException(
                    "frontend tcmu: " + missing.get() + ": set frontend to auto or fuse-loop, or load the modules");
        }
        return fuseLoop(missing.get());
    }

    private static FrontendChoice fuseLoop(String reason) throws IOException {
        for (Path device : NEEDED) {
            if (!Files.exists(device)) {
                throw new IOException("frontend fuse-loop needs " + device + ": modprobe -a fuse loop");
            }
        }
        return new FrontendChoice(Frontend.FUSE_LOOP, reason);
    }
}
