package io.obd.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests of the kernel need. */
final class RootOnly {
    private RootOnly() {}

    static void require() throws IOException {
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "mounts and devices need the root user");
    }
}
