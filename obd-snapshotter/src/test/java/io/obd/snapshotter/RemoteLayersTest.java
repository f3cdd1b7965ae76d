package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.UnixSocketServer;
import io.obd.containerd.snapshots.v1.CommitSnapshotRequest;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.Kind;
import io.obd.containerd.snapshots.v1.ListSnapshotsRequest;
import io.obd.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.obd.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.containerd.types.Mount;
import io.obd.image.ControlClient;
import io.obd.image.ImageConfig;
import io.obd.image.LayerAnnotations;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.SnapshotsService;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What containerd sees of overlaybd layers, over the socket; without a backend. */
class RemoteLayersTest {
    private static final String IMAGE = "registry.example:5000/team/app:1";
    private static final String DIGEST_1 = "sha256:" + "1".repeat(64);
    private static final String DIGEST_2 = "sha256:" + "2".repeat(64);

    @TempDir
    Path dir;

    private final BlockingCalls blocking = new BlockingCalls();
    private Path root;
    private Snapshotter snapshotter;
    private UnixSocketServer server;
    private UnixSocketChannel channel;
    private SnapshotsGrpc.SnapshotsBlockingStub snapshots;

    @BeforeEach
    void start() throws IOException {
        root = dir.toRealPath().resolve("root");
        ControlClient backend = new ControlClient(dir.resolve("absent.sock"), Duration.ofSeconds(5));
        Devices devices = new Devices(backend, blocking, "999999999", FileSystemType.of("ext4"));
        DeviceSpecs specs = new DeviceSpecs(new BlobUrls(Set.of("plain.example")));
        snapshotter =
                Snapshotter.open(root, new ObdLayers(specs, devices), blocking, new Snapshotter.Options(false, false));
        server = UnixSocketServer.start(dir.resolve("s.sock"), List.of(new SnapshotsService(snapshotter)));
        channel = UnixSocketChannel.to(server.socket());
        snapshots = SnapshotsGrpc.newBlockingStub(channel.channel());
    }

    @AfterEach
    void stop() throws IOException {
        channel.close();
        server.close();
        snapshotter.close();
        blocking.close();
    }

    @Test
    void aRemoteLayerIsCommittedAtPrepareAndAnsweredAsExisting() {
        refused(Status.Code.ALREADY_EXISTS, "target snapshot \"l1\": already exists", () -> remote("l1", "", DIGEST_1));

        Info info = stat("l1");
        assertThat(info.getKind()).isEqualTo(Kind.COMMITTED);
        assertThat(info.getLabelsMap())
                .containsEntry(Labels.REMOTE, "remote snapshot")
                .containsEntry(Labels.REF, "l1")
                .containsEntry(LayerAnnotations.BLOB_DIGEST, DIGEST_1);
        refused(Status.Code.NOT_FOUND, "l1-extract", () -> stat("l1-extract"));
    }

    @Test
    void containerdFindsTheLayerByReferenceAndParent() {
        takenIn("l1", "", DIGEST_1);
        takenIn("l2", "l1", DIGEST_2);
        assertThat(list("labels.\"containerd.io/snapshot.ref\"==\"l2\",parent==\"l1\""))
                .containsExactly("l2");
        assertThat(list("labels.\"containerd.io/snapshot.ref\"==l1,parent==\"\""))
                .containsExactly("l1");
    }

    @Test
    void theSpecificationListsAllLayersOfTheImage() throws IOException {
        takenIn("l1", "", DIGEST_1);
        takenIn("l2", "l1", DIGEST_2);

        Path directory = root.resolve("snapshots/2");
        ImageConfig spec = ImageConfig.read(directory.resolve("block/config.v1.json"));
        assertThat(spec.repoBlobUrl()).isEqualTo("https://registry.example:5000/v2/team/app/blobs");
        assertThat(spec.lowers())
                .containsExactly(
                        ImageConfig.Lower.remote(
                                DIGEST_1, 4096, root.resolve("snapshots/1/fs").toString()),
                        ImageConfig.Lower.remote(
                                DIGEST_2, 4096, directory.resolve("fs").toString()));
        assertThat(spec.resultFile())
                .isEqualTo(directory.resolve("block/init-debug.log").toString());
        assertThat(directory.resolve("block/init-debug.log")).exists();
        assertThat(directory.resolve("image_ref")).hasContent(IMAGE);
    }

    @Test
    void theReferenceOfTheCriPluginCountsToo() throws IOException {
        refused(
                Status.Code.ALREADY_EXISTS,
                "x",
                () -> prepare(
                        "k",
                        "",
                        Map.of(
                                Labels.REF, "x",
                                Labels.CRI_IMAGE_REF, "docker.io/library/app:2",
                                LayerAnnotations.BLOB_DIGEST, DIGEST_1,
                                LayerAnnotations.BLOB_SIZE, "512")));
        assertThat(ImageConfig.read(root.resolve("snapshots/1/block/config.v1.json"))
                        .repoBlobUrl())
                .isEqualTo("https://registry-1.docker.io/v2/library/app/blobs");
    }

    @Test
    void withoutAnImageReferenceALayerIsOrdinary() {
        Map<String, String> labels = new HashMap<>(remoteLabels("x", DIGEST_1));
        labels.remove(Labels.IMAGE_REF);
        assertThat(prepare("k", "", labels))
                .singleElement()
                .satisfies(m -> assertThat(m.getType()).isEqualTo("bind"));
    }

    @Test
    void aLayerToBeDownloadedGetsABindMountAndItsSpecification() {
        Map<String, String> labels = new HashMap<>(remoteLabels("x", DIGEST_1));
        labels.put(Labels.DOWNLOAD_REMOTE_BLOB, "download");
        assertThat(prepare("k", "", labels)).singleElement().satisfies(mount -> {
            assertThat(mount.getType()).isEqualTo("bind");
            assertThat(mount.getOptionsList()).containsExactly("rw", "bind");
        });
        assertThat(root.resolve("snapshots/1/block/config.v1.json")).exists();
        commit("x", "k", labels);
        takenIn("y", "x", DIGEST_2);
    }

    @Test
    void turboOciIsUnpackedLikeAnyLayerButNotCommittedYet() {
        Map<String, String> labels = new HashMap<>(remoteLabels("x", DIGEST_1));
        labels.put(LayerAnnotations.TURBO_OCI_TARGET_DIGEST, DIGEST_2);
        assertThat(prepare("k", "", labels))
                .singleElement()
                .satisfies(m -> assertThat(m.getType()).isEqualTo("bind"));
        refused(Status.Code.UNIMPLEMENTED, "turboOCI", () -> commit("x", "k", labels));
    }

    @Test
    void whatIsNotBuiltYetIsRefused() {
        refused(
                Status.Code.UNIMPLEMENTED,
                "overlaybd.writable=dir",
                () -> prepare("k", "", Map.of(Labels.WRITABLE, "dir")));
        refused(
                Status.Code.UNIMPLEMENTED,
                "acceleration layer",
                () -> prepare("k", "", Map.of(Labels.REF, "x", LayerAnnotations.ACCELERATION_LAYER, "yes")));
        refused(Status.Code.UNIMPLEMENTED, "disk_quota", () -> prepare("k", "", Map.of(Labels.DISK_QUOTA, "1g")));
        assertThat(list("kind")).isEmpty();
    }

    @Test
    void labelsThatCannotBeReadAreRefusedByName() throws IOException {
        for (Map.Entry<String, String> wrong : Map.of(
                        LayerAnnotations.BLOB_SIZE, "many",
                        LayerAnnotations.BLOB_DIGEST, "sha256:../../etc/passwd",
                        Labels.IMAGE_REF, "not an image")
                .entrySet()) {
            Map<String, String> labels = new HashMap<>(remoteLabels("x", DIGEST_1));
            labels.put(wrong.getKey(), wrong.getValue());
            refused(
                    Status.Code.INVALID_ARGUMENT,
                    "label " + wrong.getKey() + " is \"" + wrong.getValue() + "\": ",
                    () -> prepare("k", "", labels));
        }
        assertThat(directories()).isEmpty();
    }

    @Test
    void aBlockLayerCannotLieOnAnOrdinaryOne() {
        prepare("k", "", Map.of());
        commit("plain", "k", Map.of());
        refused(
                Status.Code.FAILED_PRECONDITION,
                "cannot lie on plain, which is an ordinary layer",
                () -> remote("x", "plain", DIGEST_1));
    }

    @Test
    void anUnpackedLayerFileMakesALocalLayer() throws IOException {
        List<Mount> mounts = prepare("k", "", Map.of());
        ByteBuffer zfile = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        zfile.putLong(281910587246170L).putLong(7384066304294679924L).putLong(7017278244700045632L);
        Path file = Path.of(mounts.getFirst().getSource(), "overlaybd.commit");
        Files.write(file, zfile.array());
        commit("local", "k", Map.of());

        assertThat(stat("local").getLabelsMap()).containsEntry(Labels.LOCAL_COMMIT_PATH, file.toString());
        assertThat(ImageConfig.read(root.resolve("snapshots/1/block/config.v1.json"))
                        .lowers())
                .containsExactly(ImageConfig.Lower.dir(mounts.getFirst().getSource()));
        takenIn("remote", "local", DIGEST_1);
    }

    @Test
    void aContainerWithoutBackendNamesTheSocketAndLeavesNothing() throws IOException {
        takenIn("l1", "", DIGEST_1);
        refused(
                Status.Code.UNAVAILABLE,
                "failed to attach and mount for snapshot 1: overlaybd-tcmu does not answer on " + dir + "/absent.sock",
                () -> prepare("c", "l1", Map.of()));
        refused(Status.Code.NOT_FOUND, "c", () -> stat("c"));
        assertThat(directories()).containsExactly(root.resolve("snapshots/1"));
        assertThat(root.resolve("snapshots/1/block/backstore_mark")).doesNotExist();
        remove("l1");
        assertThat(directories()).isEmpty();
    }

    private void takenIn(String name, String parent, String digest) {
        refused(Status.Code.ALREADY_EXISTS, name, () -> remote(name, parent, digest));
    }

    private void remote(String name, String parent, String digest) {
        prepare(name + "-extract", parent, remoteLabels(name, digest));
    }

    private static Map<String, String> remoteLabels(String name, String digest) {
        return Map.of(
                Labels.REF, name,
                Labels.IMAGE_REF, IMAGE,
                LayerAnnotations.BLOB_DIGEST, digest,
                LayerAnnotations.BLOB_SIZE, "4096");
    }

    private List<Mount> prepare(String key, String parent, Map<String, String> labels) {
        return snapshots
                .prepare(PrepareSnapshotRequest.newBuilder()
                        .setKey(key)
                        .setParent(parent)
                        .putAllLabels(labels)
                        .build())
                .getMountsList();
    }

    private void commit(String name, String key, Map<String, String> labels) {
        assertThat(snapshots.commit(CommitSnapshotRequest.newBuilder()
                        .setName(name)
                        .setKey(key)
                        .putAllLabels(labels)
                        .build()))
                .isNotNull();
    }

    private void remove(String key) {
        assertThat(snapshots.remove(
                        RemoveSnapshotRequest.newBuilder().setKey(key).build()))
                .isNotNull();
    }

    private Info stat(String key) {
        return snapshots
                .stat(StatSnapshotRequest.newBuilder().setKey(key).build())
                .getInfo();
    }

    private List<String> list(String filter) {
        List<String> names = new ArrayList<>();
        snapshots
                .list(ListSnapshotsRequest.newBuilder().addFilters(filter).build())
                .forEachRemaining(page -> page.getInfoList().forEach(info -> names.add(info.getName())));
        return names;
    }

    private List<Path> directories() throws IOException {
        try (Stream<Path> entries = Files.list(root.resolve("snapshots"))) {
            return entries.toList();
        }
    }

    private static void refused(Status.Code code, String text, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(code))
                .hasMessageContaining(text);
    }
}
