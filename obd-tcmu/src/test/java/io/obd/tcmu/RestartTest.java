package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.image.ServiceConfig;
import io.obd.linux.LoopDevices;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a killed daemon leaves behind, and what the next one does about it. */
@Timeout(60)
class RestartTest {
    @TempDir
    Path dir;

    private ServiceConfig config;
    private Path spec;
    private Process doomed;
    private ControlClient client;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        Path file = Files.writeString(
                dir.resolve("overlaybd.json"), "{\"controlSocket\": \"%s/run/control.sock\"}".formatted(dir));
        config = ServiceConfig.read(file);
        spec = dir.resolve("config.v1.json");
        new ImageConfig("", List.of(ImageConfig.Lower.file("/nowhere")), "").write(spec);
        client = new ControlClient(config.controlSocket(), Duration.ofSeconds(20));
        doomed = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DoomedDaemon.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = doomed.inputReader()) {
            assertThat(out.readLine()).isEqualTo("serving");
        }
    }

    @AfterEach
    void end() throws Exception {
        doomed.destroyForcibly().waitFor();
        Daemon.start(config, this::open).close();
        assertThat(MountTable.read().below(dir)).isEmpty();
    }

    @Test
    void aSecondDaemonIsRefusedAndTheFirstOneNamed() {
        assertThatThrownBy(() -> Daemon.start(config, this::open))
                .hasMessage(
                        "another overlaybd-tcmu (process %d) serves %s".formatted(doomed.pid(), dir.resolve("run")));
        doomed.destroyForcibly();
    }

    @Test
    void whatAKilledDaemonLeftIsRemovedUnlessItIsInUse() throws Exception {
        client.attach("idle", spec);
        DeviceInfo used = client.attach("used", spec);
        assertThat(new ProcessBuilder("mkfs.ext4", "-q", used.device()).start().waitFor())
                .isZero();
        Path target = Files.createDirectory(dir.resolve("mnt"));
        Mounts mounts = new Mounts();
        mounts.mount(used.device(), target, "ext4", List.of("ro"));

        doomed.destroyForcibly().waitFor();
        assertThatThrownBy(() -> client.list()).isInstanceOf(ControlException.NotRunning.class);

        Daemon second = Daemon.start(config, this::open);
        try {
            assertThat(client.list()).isEmpty();
            assertThat(backingFiles()).containsExactly(fuse("used"));

            DeviceInfo again = client.attach("idle", spec);
            try (InputStream in = Files.newInputStream(Path.of(again.device()))) {
                assertThat(in.readNBytes(512)).hasSize(512);
            }
            assertThatThrownBy(() -> client.detach("used")).hasMessageContaining("mounted at " + target);
            mounts.unmount(target);
            client.detach("used");
            assertThat(backingFiles()).containsExactly(fuse("idle"));
        } finally {
            second.close();
        }
        // The dead mount was in use, so the new one covered it.
        Daemon.start(config, this::open).close();
        assertThat(backingFiles()).isEmpty();
        assertThat(MountTable.read().below(dir)).isEmpty();
    }

    private String fuse(String id) {
        return dir.resolve("run/fuse").resolve(id).toString();
    }

    private DiskImage open(ImageConfig image) {
        return new DiskImage(new MemoryStore(1 << 20), false);
    }

    private List<String> backingFiles() throws IOException {
        return new LoopDevices()
                .list().stream()
                        .map(device -> device.backingFile())
                        .filter(file -> file.startsWith(dir.toString()))
                        .toList();
    }
}
