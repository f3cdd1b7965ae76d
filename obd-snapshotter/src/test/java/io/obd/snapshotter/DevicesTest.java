package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.ImageConfig;
import io.obd.image.LayerAnnotations;
import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers on an image whose device is a real one, given by a backend that is not. */
class DevicesTest {
    private static final Map<String, String> LAYER = Map.of(
            Labels.REF, "image",
            Labels.IMAGE_REF, "localhost:5000/app:1",
            LayerAnnotations.BLOB_DIGEST, "sha256:" + "1".repeat(64),
            LayerAnnotations.BLOB_SIZE, "4096",
            LayerAnnotations.BLOB_FS_TYPE, "ext4");

    @TempDir
    static Path shared;

    private static LoopDisk disk;

    @TempDir
    Path dir;

    private final BlockingCalls blocking = new BlockingCalls();
    private final Mounts mounts = new Mounts();
    private Path root;
    private FakeBackend backend;
    private Snapshotter snapshotter;

    @BeforeAll
    static void makeDisk() throws Exception {
        Path tree = Files.createDirectories(shared.resolve("tree"));
        Files.writeString(tree.resolve("hello"), "from the image");
        disk = LoopDisk.holding(tree, shared);
    }

    @AfterAll
    static void removeDisk() throws IOException {
        if (disk != null) {
            disk.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        root = dir.toRealPath().resolve("root");
        backend = new FakeBackend(dir.resolve("b.sock"), disk.path().toString());
        open();
        assertThatThrownBy(() -> snapshotter.prepare("extract", "", LAYER)).hasMessageContaining("already exists");
    }

    private void open() throws IOException {
        snapshotter = on(TestLayers.in(dir.toRealPath(), blocking));
    }

    private Snapshotter on(TestLayers layers) throws IOException {
        return Snapshotter.open(root, layers.provider(), blocking, new Snapshotter.Options(false, false));
    }

    @AfterEach
    void stop() throws IOException {
        snapshotter.close();
        for (Mount left : MountTable.read().below(dir.toRealPath())) {
            mounts.unmount(left.target());
        }
        backend.close();
        blocking.close();
    }

    @Test
    void containersOfAnImageShareOneAttachAndMount() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = List.of(
                    threads.submit(() -> snapshotter.prepare("c1", "image", Map.of())),
                    threads.submit(() -> snapshotter.prepare("c2", "image", Map.of())),
                    threads.submit(() -> snapshotter.view("v", "image", Map.of())));
            for (Future<?> call : calls) {
                call.get(20, TimeUnit.SECONDS);
            }
        }
        assertThat(backend.attached).containsExactly("7-1");
        assertThat(MountTable.read().below(root)).hasSize(1);
        Mount mount = MountTable.read().at(mountpoint()).orElseThrow();
        assertThat(mount.type()).isEqualTo("ext4");
        assertThat(mount.options()).contains("ro");
        assertThat(mountpoint().resolve("hello")).hasContent("from the image");
        assertThat(root.resolve("snapshots/1/block/backstore_mark"))
                .hasContent(disk.path().toString());
    }

    @Test
    void aContainerThatIsStartedWhileTheBackendIsRestartedWaitsForIt() throws Exception {
        snapshotter.close();
        snapshotter = on(TestLayers.in(dir.toRealPath(), blocking).waitingFor(Duration.ofSeconds(20)));
        backend.close();
        Files.delete(dir.resolve("b.sock"));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> call = threads.submit(() -> snapshotter.prepare("c", "image", Map.of()));
            backend = new FakeBackend(dir.resolve("b.sock"), disk.path().toString());
            call.get(20, TimeUnit.SECONDS);
        }
        assertThat(mountpoint().resolve("hello")).hasContent("from the image");
    }

    @Test
    void aContainerSeesTheImageBelowItsOwnFiles() throws IOException {
        Path seen = Files.createDirectory(dir.resolve("seen"));
        io.obd.snapshots.Mount mount =
                snapshotter.prepare("c", "image", Map.of()).getFirst();
        mounts.mount(mount.source(), seen, mount.type(), mount.options());
        assertThat(seen.resolve("hello")).hasContent("from the image");
        Files.writeString(seen.resolve("own"), "x");
        assertThat(root.resolve("snapshots/2/fs/own")).exists();
        mounts.unmount(seen);
    }

    @Test
    void dockersInitLayerLiesBetweenImageAndContainer() throws IOException {
        Path init = Path.of(
                snapshotter.prepare("x-init", "image", Map.of()).getFirst().source());
        assertThat(init).isEqualTo(root.resolve("snapshots/2/fs"));
        assertThat(backend.attached).containsExactly("7-1");
        snapshotter.commit("x-init-done", "x-init", Map.of(), "");
        assertThat(snapshotter.prepare("x", "x-init-done", Map.of()).getFirst().options())
                .contains("lowerdir=" + init + ":" + mountpoint());
    }

    @Test
    void mountsAttachesAgainAfterAReboot() throws IOException {
        List<io.obd.snapshots.Mount> before = snapshotter.prepare("c", "image", Map.of());
        mounts.unmount(mountpoint());
        backend.attached.clear();
        backend.requests.clear();
        assertThat(snapshotter.mounts("c")).isEqualTo(before);
        assertThat(backend.requests).containsExactly("GET /v1/health", "POST /v1/devices"); // it may be a new one
        assertThat(backend.attached).containsExactly("7-1");
        assertThat(mountpoint().resolve("hello")).exists();
    }

    @Test
    void removalOfTheImageUnmountsAndDetaches() throws IOException {
        snapshotter.prepare("c", "image", Map.of());
        snapshotter.remove("c");
        assertThat(backend.attached).isNotEmpty();
        snapshotter.remove("image");
        assertThat(backend.attached).isEmpty();
        assertThat(MountTable.read().below(root)).isEmpty();
        assertThat(root.resolve("snapshots/1")).doesNotExist();
    }

    @Test
    void anImageInUseStays() throws IOException {
        Path seen = Files.createDirectory(dir.resolve("seen"));
        io.obd.snapshots.Mount mount =
                snapshotter.prepare("c", "image", Map.of()).getFirst();
        mounts.mount(mount.source(), seen, mount.type(), mount.options());
        snapshotter.remove("c");
        assertThatThrownBy(() -> snapshotter.remove("image"))
                .isInstanceOf(SnapshotException.class)
                .hasMessageContaining("in use by [" + seen.toRealPath() + "]");
        assertThat(seen.resolve("hello")).hasContent("from the image");
        assertThat(snapshotter.stat("image").id()).isEqualTo(1);
        mounts.unmount(seen);
        snapshotter.remove("image");
    }

    @Test
    void aRefusedAttachLeavesNothing() throws IOException {
        backend.refusal = "401 from https://localhost:5000/v2/app/blobs";
        assertThatThrownBy(() -> snapshotter.prepare("c", "image", Map.of()))
                .hasMessageContaining("failed to attach and mount for snapshot 1: ")
                .hasMessageContaining("401 from https://localhost:5000/v2/app/blobs");
        assertNothingAttached();
    }

    @Test
    void aFailedMountDetaches() throws IOException {
        Map<String, String> labels = new HashMap<>(LAYER);
        labels.put(Labels.REF, "odd");
        labels.put(LayerAnnotations.BLOB_FS_TYPE, "nosuchfs");
        assertThatThrownBy(() -> snapshotter.prepare("extract", "", labels)).hasMessageContaining("already exists");
        assertThatThrownBy(() -> snapshotter.prepare("c", "odd", Map.of()))
                .hasMessageContaining(
                        "failed to attach and mount for snapshot 2: failed to mount " + disk.path() + " to ")
                .hasMessageContaining("mount nosuchfs");
        assertThat(backend.requests).endsWith("POST /v1/devices", "DELETE /v1/devices/7-2");
        assertThat(root.resolve("snapshots/2/block/backstore_mark")).doesNotExist();
        assertThat(root.resolve("snapshots/3")).doesNotExist();
    }

    private void assertNothingAttached() throws IOException {
        assertThat(backend.attached).isEmpty();
        assertThat(MountTable.read().below(root)).isEmpty();
        assertThat(root.resolve("snapshots/1/block/backstore_mark")).doesNotExist();
        assertThat(root.resolve("snapshots/2")).doesNotExist();
    }

    @Test
    void aDeviceThatWasAttachedButNotMountedIsDetachedAtTheNextStart() throws IOException {
        snapshotter.prepare("c", "image", Map.of());
        mounts.unmount(mountpoint()); // the state between attach and mount
        snapshotter.close();
        assertThat(backend.attached).isNotEmpty();
        open();
        assertThat(backend.attached).isEmpty();
        assertThat(root.resolve("snapshots/1/block/backstore_mark")).doesNotExist();
    }

    @Test
    void whatBelongsToNoSnapshotGoesAtTheNextStart() throws IOException {
        snapshotter.close();
        backend.attached.addAll(List.of("7-99", "7-98", "8-97"));
        backend.configs.put("7-99", root + "/snapshots/99/block/config.v1.json");
        backend.configs.put("7-98", "/another/root/snapshots/98/block/config.v1.json");
        backend.configs.put("8-97", root + "/snapshots/97/block/config.v1.json");
        Path orphan = Files.createDirectories(root.resolve("snapshots/99/block/mountpoint"));
        mounts.mount(disk.path().toString(), orphan, "ext4", List.of("ro"));
        open();
        assertThat(backend.attached).containsExactly("7-98", "8-97");
        assertThat(MountTable.read().below(root)).isEmpty();
        assertThat(root.resolve("snapshots/99")).doesNotExist();
    }

    @Test
    void aTraceIsRecordedOfADeviceThatNobodyUses() throws IOException {
        Map<String, String> trace = Map.of(Labels.RECORD_TRACE, "yes", Labels.RECORD_TRACE_PATH, "/tmp/trace");
        snapshotter.prepare("a", "image", Map.of());
        snapshotter.prepare("b", "image", trace);
        assertThat(traced()).isEqualTo("/tmp/trace");
        assertThat(backend.requests).contains("DELETE /v1/devices/7-1"); // to read the specification again

        Path user = Files.createDirectory(dir.toRealPath().resolve("user"));
        mounts.mount(mountpoint().toString(), user, "", List.of("bind"));
        snapshotter.prepare("c", "image", Map.of());
        assertThat(traced()).isEqualTo("/tmp/trace"); // the one that is being recorded goes on
        Map<String, String> another = Map.of(Labels.RECORD_TRACE, "yes", Labels.RECORD_TRACE_PATH, "/tmp/another");
        assertThatThrownBy(() -> snapshotter.prepare("d", "image", another))
                .hasMessageContaining("in use by [" + user + "]");
        mounts.unmount(user);
        snapshotter.prepare("e", "image", Map.of());
        assertThat(traced()).isEmpty();
        assertThatThrownBy(() -> snapshotter.prepare("f", "image", Map.of(Labels.RECORD_TRACE, "yes")))
                .hasMessageContaining("an absolute path is expected");
    }

    private String traced() throws IOException {
        return ImageConfig.read(root.resolve("snapshots/1/block/config.v1.json"))
                .recordTracePath();
    }

    @Test
    void aRestartLeavesMountedDevicesAlone() throws IOException {
        snapshotter.prepare("c", "image", Map.of());
        snapshotter.close();
        open();
        assertThat(mountpoint().resolve("hello")).exists();
        snapshotter.prepare("d", "image", Map.of());
        assertThat(backend.attached).containsExactly("7-1");
        assertThat(MountTable.read().below(root)).hasSize(1);
    }

    @Test
    void theMountOfADeviceThatTheBackendLostIsReplaced() throws IOException {
        Files.createDirectories(mountpoint());
        mounts.mount("lost", mountpoint(), "tmpfs", List.of());
        snapshotter.prepare("c", "image", Map.of());
        assertThat(mountpoint().resolve("hello")).hasContent("from the image");
        assertThat(MountTable.read().below(root)).hasSize(1);
    }

    @Test
    void theMountOfALostDeviceStaysWhileItIsUsed() throws IOException {
        Path user = Files.createDirectory(dir.toRealPath().resolve("user"));
        mounts.mount("lost", mountpoint(), "tmpfs", List.of());
        mounts.mount(mountpoint().toString(), user, "", List.of("bind"));
        assertThatThrownBy(() -> snapshotter.prepare("c", "image", Map.of()))
                .hasMessageContaining("in use by [" + user + "]");
        assertThat(backend.attached).isEmpty();
    }

    private Path mountpoint() {
        return root.resolve("snapshots/1/block/mountpoint");
    }
}
