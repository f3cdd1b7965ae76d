package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.blobstore.CacheStats;
import io.obd.holder.Held;
import io.obd.holder.Holder;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.linux.RawFile;
import io.obd.registry.CredentialSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A daemon ends, in whatever way, and the next one goes on. */
@Timeout(60)
class RestartTest {
    private static final int SIZE = 16 << 20;

    @TempDir
    Path dir;

    private ServiceConfig config;
    private Path disk;
    private Path spec;
    private final List<Process> doomedProcesses = new ArrayList<>();
    private final Mounts mounts = new Mounts();
    private ControlClient client;

    @BeforeEach
    void configure() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        config = ServiceConfig.read(Files.writeString(dir.resolve("overlaybd.json"), """
                {"controlSocket": "%1$s/run/control.sock", "frontend": "fuse-loop",
                 "logConfig": {"logPath": "%1$s/run/beside-the-mount.log"}}""".formatted(dir)));
        disk = dir.resolve("disk");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        spec = spec("config.v1.json", disk);
        client = new ControlClient(config.controlSocket(), Duration.ofSeconds(20));
    }

    private Path spec(String name, Path file) throws IOException {
        Path path = dir.resolve(name);
        new ImageConfig("", List.of(ImageConfig.Lower.file(file.toString())), "").write(path);
        return path;
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

    private static void kill(Process doomed) throws InterruptedException {
        doomed.destroyForcibly().waitFor();
    }

    @AfterEach
    void end() throws Exception {
        for (Process doomed : doomedProcesses) {
            kill(doomed);
        }
        try (Daemon _ = startHere()) {
            for (DeviceInfo device : client.list()) {
                client.detach(device.id());
            }
        }
        assertThat(backingFiles()).isEmpty();
        assertThat(MountTable.read().below(dir)).isEmpty();
        assertThat(dir.resolve("run/holder.sock")).doesNotExist();
    }

    @Test
    void aSecondDaemonIsRefusedAndTheFirstOneNamed() throws IOException {
        Process doomed = startDoomed();
        assertThatThrownBy(() -> startHere())
                .hasMessage(
                        "another overlaybd-tcmu (process %d) serves %s".formatted(doomed.pid(), dir.resolve("run")));
    }

    @Test
    void theDevicesOfAKilledDaemonGoOnWithTheNextOne() throws Exception {
        Process doomed = startDoomed();
        DeviceInfo idle = client.attach("idle", spec("idle.json", copyOfDisk()));
        DeviceInfo used = client.attach("used", spec);
        Path target = mounted(used);
        Files.writeString(target.resolve("before"), "written before");

        kill(doomed);
        assertThatThrownBy(() -> client.list()).isInstanceOf(ControlException.NotRunning.class);
        try (Daemon _ = startHere()) {
            assertThat(client.list()).containsExactly(idle, used);
            assertThat(target.resolve("before")).hasContent("written before");
            Files.writeString(target.resolve("after"), "written after");
            assertThat(client.attach("used", spec)).isEqualTo(used);
            assertThatThrownBy(() -> client.detach("used")).hasMessageContaining("mounted at " + target);
            client.detach("idle");
            mounts.unmount(target);
            client.detach("used");

            DeviceInfo again = client.attach("used", spec);
            mounts.mount(again.device(), target, "ext4", List.of("ro"));
            assertThat(target.resolve("after")).hasContent("written after");
            mounts.unmount(target);
        }
    }

    @Test
    void whoReadsWhileThereIsNoDaemonWaitsForTheNextOne() throws Exception {
        Process doomed = startDoomed();
        DeviceInfo device = client.attach("a", spec);
        try (ExecutorService threads = Executors.newCachedThreadPool();
                RandomAccessFile out = new RandomAccessFile(disk.toFile(), "rw")) {
            out.seek(8 << 20);
            out.write("found".getBytes(StandardCharsets.US_ASCII));
            kill(doomed);

            Future<String> read = threads.submit(() -> readText(device, 8 << 20));
            assertThatThrownBy(() -> read.get(300, TimeUnit.MILLISECONDS))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            try (Daemon _ = startHere()) {
                assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo("found");
            }
        }
    }

    private static String readText(DeviceInfo device, long offset) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of(device.device()))) {
            in.skipNBytes(offset);
            return new String(in.readNBytes(5), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void aDaemonThatIsStoppedLeavesAllDevicesToTheNextOne() throws Exception {
        Daemon first = startHere();
        DeviceInfo idle = client.attach("idle", spec("idle.json", copyOfDisk()));
        DeviceInfo used = client.attach("used", spec);
        Path target = mounted(used);
        Files.writeString(target.resolve("before"), "written before");

        first.close();
        assertThat(backingFiles()).containsExactlyInAnyOrder(fuse("idle"), fuse("used"));

        try (Daemon _ = startHere()) {
            assertThat(client.list()).containsExactly(idle, used);
            assertThat(target.resolve("before")).hasContent("written before");
            mounts.unmount(target);
        }
    }

    @Test
    void anImageThatCannotBeOpenedWaitsAndKeepsNoOtherBack() throws Exception {
        Process doomed = startDoomed();
        Path copy = copyOfDisk();
        client.attach("gone", spec("gone.json", copy));
        client.attach("fine", spec);
        kill(doomed);
        Path hidden = Files.move(copy, dir.resolve("hidden"));

        try (Daemon _ = startHere()) {
            assertThat(client.list()).extracting(DeviceInfo::id).containsExactly("fine");
            Files.move(hidden, copy);
            assertThat(readText(client.attach("gone", dir.resolve("gone.json")), 0))
                    .hasSize(5);
            assertThat(backingFiles()).containsExactlyInAnyOrder(fuse("fine"), fuse("gone"));
        }
    }

    @Test
    void aDeviceThatNobodyWasToldOfIsRemoved() throws Exception {
        Process doomed = startDoomed();
        client.attach("a", spec);
        LoopDevices loops = new LoopDevices();
        loops.attach(Path.of(fuse("a")), new LoopOptions(true, true, 512));
        kill(doomed);

        try (Daemon _ = startHere()) {
            assertThat(backingFiles()).containsExactly(fuse("a"));
            assertThat(client.list()).hasSize(1);
        }
    }

    @Test
    void aDeviceWhoseDetachWasCutOffIsForgotten() throws Exception {
        Process doomed = startDoomed();
        client.attach("kept", spec);
        client.attach("gone", spec("gone.json", copyOfDisk()));
        kill(doomed);
        detachLoop("gone");

        try (Daemon _ = startHere()) {
            assertThat(client.list()).extracting(DeviceInfo::id).containsExactly("kept");
            assertThat(held()).contains(DeviceRecord.key("kept")).doesNotContain(DeviceRecord.key("gone"));
        }
    }

    @Test
    void aDeviceThatWaitsForItsImageAndHasLostItsLoopCanBeDetached() throws Exception {
        Process doomed = startDoomed();
        Path copy = copyOfDisk();
        client.attach("gone", spec("gone.json", copy));
        client.attach("kept", spec);
        kill(doomed);
        Files.delete(copy);

        try (Daemon _ = startHere()) {
            assertThat(client.list()).extracting(DeviceInfo::id).containsExactly("kept");
            detachLoop("gone");

            client.detach("gone");

            assertThat(held()).contains(DeviceRecord.key("kept")).doesNotContain(DeviceRecord.key("gone"));
        }
    }

    /** The keys of what the holder has. */
    private List<String> held() throws IOException {
        List<String> keys = new ArrayList<>();
        try (Holder holder = Holder.open(dir.resolve("run/holder.sock"))) {
            for (Held held : holder.takeOver()) {
                keys.add(held.key());
                for (RawFile descriptor : held.descriptors()) {
                    descriptor.close();
                }
            }
        }
        return keys;
    }

    @Test
    void aLoopDeviceThatSomebodyDetachedIsMadeAgain() throws Exception {
        try (Daemon _ = startHere()) {
            client.attach("a", spec);
            detachLoop("a");

            DeviceInfo again = client.attach("a", spec);

            assertThat(readText(again, 0)).hasSize(5);
            assertThat(backingFiles()).containsExactly(fuse("a"));
            client.detach("a");
            assertThat(backingFiles()).isEmpty();
        }
    }

    private void detachLoop(String id) throws IOException {
        LoopDevices loops = new LoopDevices();
        for (LoopDevice device : loops.list()) {
            if (device.backingFile().equals(fuse(id))) {
                loops.detach(device);
            }
        }
    }

    private Path copyOfDisk() throws IOException {
        return Files.copy(disk, dir.resolve("copy"));
    }

    /** Makes a file system on a device and mounts it. */
    private Path mounted(DeviceInfo device) throws Exception {
        assertThat(new ProcessBuilder("mkfs.ext4", "-q", device.device())
                        .start()
                        .waitFor())
                .isZero();
        Path target = Files.createDirectories(dir.resolve("mnt"));
        mounts.mount(device.device(), target, "ext4", List.of());
        return target;
    }

    private Daemon startHere() throws IOException {
        return Daemon.start(
                config,
                FileStore::image,
                new RememberedCredentials(CredentialSource.ANONYMOUS, InstantSource.system()),
                new SharedMirrors(),
                new FakeCache(new CacheStats(0, 0, 0, 0, 0, 0)));
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
