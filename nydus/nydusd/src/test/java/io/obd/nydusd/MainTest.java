package io.obd.nydusd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, which can be sent signals. */
@Timeout(120)
class MainTest {
    @TempDir
    private Path directory;

    @Test
    void aSignalRightAfterTheMountLeavesNoMountBehind() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        assumeTrue(Files.exists(Path.of("/dev/fuse")), "the kernel has no FUSE");
        Path mountPoint = Files.createDirectory(directory.resolve("mnt"));
        Path socket = directory.resolve("api.sock");
        Process nydusd = start(mountPoint, socket);
        try {
            while (MountTable.read().at(mountPoint).isEmpty() && nydusd.isAlive()) {
                Thread.onSpinWait();
            }
            nydusd.destroy();

            assertThat(nydusd.waitFor()).isZero();
            assertThat(MountTable.read().at(mountPoint)).isEmpty();
            assertThat(socket).doesNotExist();
        } finally {
            nydusd.destroyForcibly().waitFor();
            if (MountTable.read().at(mountPoint).isPresent()) {
                new Mounts().unmountLazily(mountPoint);
            }
        }
    }

    private Process start(Path mountPoint, Path socket) throws IOException {
        String golden =
                Objects.requireNonNull(MainTest.class.getResource("/golden")).getPath();
        Path config = Files.writeString(
                directory.resolve("config.json"),
                "{\"device\":{\"backend\":{\"type\":\"localfs\",\"config\":{\"dir\":\"" + golden
                        + "/blobs\"}}},\"mode\":\"direct\"}");
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "--config",
                        config.toString(),
                        "--bootstrap",
                        golden + "/v6-none/base.boot",
                        "--mountpoint",
                        mountPoint.toString(),
                        "--apisock",
                        socket.toString(),
                        "--frontend",
                        "fuse")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }
}
