package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.blobstore.CacheStats;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.image.ServiceConfig;
import io.obd.linux.LoopDevices;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.registry.CredentialSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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
    private final List<Process> doomedProcesses = new ArrayList<>();
    private ControlClient client;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        config = ServiceConfig.read(Files.writeString(
                dir.resolve("overlaybd.json"),
                "{\"controlSocket\": \"%s/run/control.sock\", \"frontend\": \"fuse-loop\"}".formatted(dir)));
        spec = dir.resolve("config.v1.json");
        new ImageConfig("", List.of(ImageConfig.Lower.file("/nowhere")), "").write(spec);
        client = new ControlClient(config.controlSocket(), Duration.ofSeconds(20));
    }

    private Process startDoomed() throws IOException {
        Process doomed = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DoomedDaemon.class.getName(),
                        dir.resolve("overlaybd.json").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        doomedProcesses.add(doomed);
        assertThat(doomed.inputReader().readLine()).isEqualTo("serving");
        return doomed;
    }

    @AfterEach
    void end() throws Exception {
        for (Process doomed : doomedProcesses) {
            doomed.destroyForcibly().waitFor();
        }
        startHere().close();
        assertThat(MountTable.read().below(dir)).isEmpty();
    }

    @Test
    void aSecondDaemonIsRefusedAndTheFirstOneNamed() throws IOException {
        Process doomed = startDoomed();
        assertThatThrownBy(() -> startHere())
                .hasMessage(
                        "another overlaybd-tcmu (process %d) serves %s".formatted(doomed.pid(), dir.resolve("run")));
        doomed.destroyForcibly();
    }

    @Test
    void whatAKilledDaemonLeftIsRemovedUnlessItIsInUse() throws Exception {
        Process doomed = startDoomed();
        client.attach("idle", spec);
        DeviceInfo used = client.attach("used", spec);
        assertThat(new ProcessBuilder("mkfs.ext4", "-q", used.device()).start().waitFor())
                .isZero();
        Path target = Files.createDirectory(dir.resolve("mnt"));
        Mounts mounts = new Mounts();
        mounts.mount(used.device(), target, "ext4", List.of("ro"));

        doomed.destroyForcibly().waitFor();
        assertThatThrownBy(() -> client.list()).isInstanceOf(ControlException.NotRunning.class);

        Daemon second = startHere();
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
        startHere().close();
        assertThat(backingFiles()).isEmpty();
        assertThat(MountTable.read().below(dir)).isEmpty();
    }

    private Daemon startHere() throws IOException {
        return Daemon.start(
                config,
                image -> new DiskImage(new MemoryStore(1 << 20), false),
                new RememberedCredentials(CredentialSource.ANONYMOUS, InstantSource.system()),
                () -> new CacheStats(0, 0, 0, 0, 0, 0));
    }

    private String fuse(String id) {
        return dir.resolve("run/fuse").resolve(id).toString();
    }

    private List<String> backingFiles() throws IOException {
        return new LoopDevices()
                .list().stream()
                        .map(device -> device.backingFile())
                        .filter(file -> file.startsWith(dir.toString()))
                        .toList();
    }
}
