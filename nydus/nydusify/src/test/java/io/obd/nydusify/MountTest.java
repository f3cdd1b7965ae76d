package io.obd.nydusify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code nydusify mount} with a program in the place of nydusd. */
class MountTest {
    private static final String REPOSITORY = "golden/busybox";

    @TempDir
    private Path directory;

    @Test
    void whatAKilledDaemonLeavesMountedIsUnmounted() throws Exception {
        assumeTrue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0, "needs root to mount");
        Path mounted = directory.resolve("mounted");
        Path nydusd = program("""
                #!/bin/sh
                while [ "$1" != --mountpoint ]; do shift; done
                mount -t tmpfs nydus "$2" && touch %s
                kill -9 $$
                """.formatted(mounted));
        Path mountpoint = Files.createDirectory(directory.resolve("mnt")).toRealPath();

        Run run;
        try (GoldenRegistry registry = new GoldenRegistry()) {
            registry.addGolden(REPOSITORY, "nydus6");
            run = Run.nydusify(
                    "mount",
                    "--target",
                    registry.image(REPOSITORY + ":nydus6"),
                    "--target-insecure",
                    "--platform",
                    "linux/amd64",
                    "--mount-path",
                    mountpoint.toString(),
                    "--nydusd",
                    nydusd.toString(),
                    "--work-dir",
                    directory.resolve("tmp").toString());
        }

        assertThat(mounted).exists();
        assertThat(MountTable.read().at(mountpoint)).isEmpty();
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("ended with status 137");
    }

    private Path program(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("nydusd"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
}
