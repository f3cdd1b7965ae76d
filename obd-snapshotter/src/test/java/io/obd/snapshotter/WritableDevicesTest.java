package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.LayerAnnotations;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Mount;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots with a writable device of their own; the device is a real one, the backend and the tools are not. */
class WritableDevicesTest {
    private static final Map<String, String> DIR = Map.of(Labels.WRITABLE, "dir");
    private static final Map<String, String> DEV = Map.of(Labels.WRITABLE, "dev");
    private static final Map<String, String> LAYER = Map.of(
            Labels.REF, "image",
            Labels.IMAGE_REF, "localhost:5000/app:1",
            LayerAnnotations.BLOB_DIGEST, "sha256:" + "1".repeat(64),
            LayerAnnotations.BLOB_SIZE, "4096");

    @TempDir
    static Path shared;

    private static LoopDisk disk;

    @TempDir
    Path temporary;

    private final BlockingCalls blocking = new BlockingCalls();
    private final Mounts mounts = new Mounts();
    private TestLayers layers;
    private FakeBackend backend;
    private Snapshotter snapshotter;

    @BeforeAll
    static void makeDisk() throws Exception {
        disk = LoopDisk.empty(shared, 64 << 20);
    }

    @AfterAll
    static void removeDisk() throws IOException {
        if (disk != null) {
            disk.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        layers = TestLayers.in(temporary.toRealPath(), blocking);
        Files.createDirectories(layers.tools());
        tool("overlaybd-create", "touch \"$1\" \"$2\"");
        tool("overlaybd-commit", "true");
        backend = new FakeBackend(layers.backend(), disk.path().toString());
        open();
    }

    private void open() throws IOException {
        snapshotter =
                Snapshotter.open(layers.root(), layers.provider(), blocking, new Snapshotter.Options(false, false));
    }

    /** A tool that notes its arguments. */
    private void tool(String name, String script) throws IOException {
        Path file = layers.tools().resolve(name);
        Files.writeString(file, "#!/bin/sh\necho \"$0 $*\" >> " + log() + "\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private Path log() {
        return layers.directory().resolve("calls");
    }

    @AfterEach
    void stop() throws IOException {
        snapshotter.close();
        for (io.obd.linux.Mount left : MountTable.read().below(layers.directory())) {
            mounts.unmount(left.target());
        }
        backend.close();
        blocking.close();
    }

    @Test
    void aNewDeviceGetsAFileSystemOnceAndIsMounted() throws IOException {
        List<Mount> seen = snapshotter.prepare("c", "", DIR);
        assertThat(seen).containsExactly(new Mount("bind", mountpoint(1).toString(), List.of("rw", "rbind")));
        assertThat(calls()).containsExactly(command("overlaybd-create", pair(1) + " 64"));
        Files.writeString(mountpoint(1).resolve("written"), "x");

        mounts.unmount(mountpoint(1)); // a reboot
        backend.attached.clear();
        assertThat(snapshotter.mounts("c")).isEqualTo(seen);
        assertThat(mountpoint(1).resolve("written")).exists();
        assertThat(backend.attached).containsExactly("7-1");
    }

    @Test
    void aDeviceThatTheCallerMountsIsNotMountedHere() throws IOException {
        assertThat(snapshotter.prepare("c", "", DEV))
                .containsExactly(new Mount("ext4", disk.path().toString(), List.of("rw", "discard")));
        assertThat(MountTable.read().below(layers.root())).isEmpty();

        snapshotter.close(); // the device is the caller's: a restart leaves it alone
        open();
        assertThat(backend.attached).containsExactly("7-1");
        snapshotter.remove("c");
        assertThat(backend.attached).isEmpty();
    }

    @Test
    void aDeviceOnAnImageHasItsLayersAndSize() throws IOException {
        layers = layers.with(RwMode.DEV, true);
        snapshotter.close();
        open();
        image();
        snapshotter.prepare("c", "image", Map.of());

        assertThat(calls()).containsExactly(command("overlaybd-create", pair(2) + " 0 -s"));
        ImageConfig spec = ImageConfig.read(directory(2).resolve("block/config.v1.json"));
        assertThat(spec.lowers()).hasSize(1);
        assertThat(spec.upper().data()).isEqualTo(block(2, "writable_data"));
        assertThat(spec.upper().index()).isEqualTo(block(2, "writable_index"));
    }

    @Test
    void aViewForACallerThatMountsDevicesCannotBeWritten() throws IOException {
        layers = layers.with(RwMode.DEV, false);
        snapshotter.close();
        open();
        image();
        assertThat(snapshotter.view("v", "image", Map.of()))
                .containsExactly(new Mount("ext4", disk.path().toString(), List.of("ro", "discard")));
        assertThat(Files.exists(log())).isFalse();
        assertThat(ImageConfig.read(directory(2).resolve("block/config.v1.json"))
                        .upper()
                        .isPresent())
                .isFalse();
    }

    @Test
    void commitSealsTheWritableLayer() throws IOException {
        snapshotter.prepare("c", "", Map.of(Labels.WRITABLE, "dir", Labels.VSIZE, "3"));
        snapshotter.commit("done", "c", Map.of(Labels.WRITABLE, "dir", "kept", "yes"), "");

        assertThat(calls())
                .containsExactly(
                        command("overlaybd-create", pair(1) + " 3"), command("overlaybd-commit", "--seal " + pair(1)));
        assertThat(backend.attached).isEmpty();
        assertThat(MountTable.read().below(layers.root())).isEmpty();
        Path sealed = directory(1).resolve("fs/overlaybd.sealed");
        assertThat(sealed).exists();
        assertThat(directory(1).resolve("block/writable_data")).doesNotExist();
        assertThat(directory(1).resolve("block/writable_index")).doesNotExist();
        assertThat(snapshotter.stat("done").labels())
                .containsEntry(Labels.LOCAL_COMMIT_PATH, sealed.toString())
                .containsEntry("kept", "yes")
                .doesNotContainKey(Labels.WRITABLE);
        ImageConfig spec = ImageConfig.read(directory(1).resolve("block/config.v1.json"));
        assertThat(spec.lowers())
                .containsExactly(Lower.dir(directory(1).resolve("fs").toString()));
        assertThat(spec.upper().isPresent()).isFalse();
    }

    @Test
    void aCommitThatFailedCanBeRepeated() throws IOException {
        snapshotter.prepare("c", "", DIR);
        tool("overlaybd-commit", "echo 'no space left' >&2; exit 255");
        assertThatThrownBy(() -> snapshotter.commit("done", "c", Map.of(), ""))
                .hasMessageContaining("failed with status 255: no space left");
        Path sealed = directory(1).resolve("fs/overlaybd.sealed");
        Files.move(directory(1).resolve("block/writable_data"), sealed); // killed after the rename
        assertThatThrownBy(() -> snapshotter.mounts("c")).hasMessageContaining("a commit of c was begun");
        snapshotter.commit("done", "c", Map.of(), "");
        assertThat(snapshotter.stat("done").labels()).containsEntry(Labels.LOCAL_COMMIT_PATH, sealed.toString());
        assertThat(directory(1).resolve("block/writable_index")).doesNotExist();
    }

    @Test
    void aDeviceInUseIsNotCommitted() throws IOException {
        snapshotter.prepare("c", "", DIR);
        Path user = Files.createDirectory(layers.directory().resolve("user"));
        mounts.mount(mountpoint(1).toString(), user, "", List.of("bind"));
        assertThatThrownBy(() -> snapshotter.commit("done", "c", Map.of(), ""))
                .isInstanceOf(SnapshotException.class)
                .hasMessageContaining("in use by [" + user + "]");
        assertThat(mountpoint(1).resolve("lost+found")).exists();
        mounts.unmount(user);
        snapshotter.commit("done", "c", Map.of(), "");
    }

    @Test
    void aToolThatFailsLeavesNothing() throws IOException {
        tool("overlaybd-create", "echo 'failed to open file' >&2; exit 255");
        assertThatThrownBy(() -> snapshotter.prepare("c", "", DIR))
                .hasMessageContaining("failed with status 255: failed to open file");
        assertNothingIsThere();
    }

    @Test
    void aFileSystemThatCannotBeMadeLeavesNothing() throws IOException {
        assertThatThrownBy(() -> snapshotter.prepare(
                        "c", "", Map.of(Labels.WRITABLE, "dir", LayerAnnotations.BLOB_FS_TYPE, "nosuchfs")))
                .hasMessageContaining("failed to attach and mount for snapshot 1: mkfs -t nosuchfs " + disk.path());
        assertNothingIsThere();
    }

    private void assertNothingIsThere() throws IOException {
        assertThat(backend.attached).isEmpty();
        assertThatThrownBy(() -> snapshotter.stat("c")).hasMessageContaining("does not exist");
        try (Stream<Path> entries = Files.list(layers.root().resolve("snapshots"))) {
            assertThat(entries).isEmpty();
        }
    }

    @Test
    void theWritableLayerLiesWhereALabelSays() throws IOException {
        Path elsewhere = layers.directory().resolve("a/b");
        Map<String, String> labels = Map.of(Labels.WRITABLE, "dir", Labels.ACTIVE_PATH, elsewhere.toString());
        snapshotter.prepare("c", "", labels);
        assertThat(elsewhere.resolve("writable_data")).exists();
        snapshotter.remove("c");
        assertThat(elsewhere.resolve("writable_data")).doesNotExist();

        Files.writeString(elsewhere.resolve("writable_data"), "somebody else's");
        tool("overlaybd-create", "exit 255");
        assertThatThrownBy(() -> snapshotter.prepare("d", "", labels)).hasMessageContaining("status 255");
        assertThat(elsewhere.resolve("writable_data")).exists();
    }

    @Test
    void whatLabelsSayIsCheckedBeforeAnythingIsMade() {
        assertThatThrownBy(() -> snapshotter.prepare("c", "", Map.of(Labels.WRITABLE, "device")))
                .hasMessageContaining("dir, dev or overlayfs is expected");
        assertThatThrownBy(() -> snapshotter.prepare("c", "", Map.of(Labels.WRITABLE, "dir", Labels.VSIZE, "big")))
                .hasMessageContaining(Labels.VSIZE + " is \"big\": a positive number is expected");
        assertThatThrownBy(
                        () -> snapshotter.prepare("c", "", Map.of(Labels.WRITABLE, "dir", Labels.ACTIVE_PATH, "x/y")))
                .hasMessageContaining("an absolute path is expected");
        assertThat(Files.exists(log())).isFalse();
    }

    @Test
    void onAnOrdinaryLayerTheLabelIsDropped() throws IOException {
        snapshotter.prepare("k", "", Map.of());
        snapshotter.commit("plain", "k", Map.of(), "");
        snapshotter.prepare("c", "plain", DEV);
        assertThat(snapshotter.stat("c").labels()).isEmpty();
    }

    @Test
    void anImageLayerIsNoContainer() throws IOException {
        Map<String, String> labels = Map.of(Labels.WRITABLE, "dir", Labels.TYPE, Labels.TYPE_IMAGE);
        assertThat(snapshotter.prepare("c", "", labels).getFirst().source())
                .isEqualTo(directory(1).resolve("fs").toString());
    }

    private void image() {
        assertThatThrownBy(() -> snapshotter.prepare("extract", "", LAYER)).hasMessageContaining("already exists");
    }

    private List<String> calls() throws IOException {
        return Files.readAllLines(log());
    }

    private String command(String tool, String arguments) {
        return layers.tools().resolve(tool) + " " + arguments;
    }

    private String pair(long id) {
        return block(id, "writable_data") + " " + block(id, "writable_index");
    }

    private String block(long id, String file) {
        return directory(id).resolve("block").resolve(file).toString();
    }

    private Path mountpoint(long id) {
        return directory(id).resolve("block/mountpoint");
    }

    private Path directory(long id) {
        return layers.root().resolve("snapshots").resolve(Long.toString(id));
    }
}
