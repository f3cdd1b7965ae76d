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
import io.obd.image.ImageConfig;
import io.obd.image.LayerAnnotations;
import io.obd.registry.MediaTypes;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.CallObserver;
import io.obd.snapshots.SnapshotsService;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
        snapshotter = Snapshotter.open(
                root,
                TestLayers.in(dir.toRealPath(), blocking).provider(),
                blocking,
                new Snapshotter.Options(false, false));
        server = UnixSocketServer.startDirect(
                dir.resolve("s.sock"), List.of(new SnapshotsService(snapshotter, CallObserver.NONE, blocking)));
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
    void labelsWithoutAValueAreNone() {
        Map<String, String> labels = new HashMap<>(remoteLabels("", DIGEST_1));
        labels.put(Labels.WRITABLE, "");
        labels.put(Labels.DISK_QUOTA, "");

        assertThat(prepare("k", "", labels)).isNotEmpty();

        assertThat(stat("k").getKind()).isEqualTo(Kind.ACTIVE);
        assertThat(list("kind==active")).containsExactly("k");
        assertThat(list("kind==committed")).isEmpty();
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
    void withoutAnImageReferenceLayersAreDownloadedAndNothingIsAttachedForThat() throws IOException {
        for (String name : List.of("l1", "l2")) {
            Map<String, String> labels = new HashMap<>(remoteLabels(name, DIGEST_1));
            labels.remove(Labels.IMAGE_REF);
            Mount mount = prepare("k", name.equals("l1") ? "" : "l1", labels).getFirst();
            assertThat(mount.getType()).isEqualTo("bind");
            layerFile(Path.of(mount.getSource()));
            commit(name, "k", labels);
        }

        assertThat(ImageConfig.read(root.resolve("snapshots/2/block/config.v1.json"))
                        .lowers())
                .containsExactly(
                        ImageConfig.Lower.dir(root + "/snapshots/1/fs"),
                        ImageConfig.Lower.dir(root + "/snapshots/2/fs"));
        assertThat(stat("l2").getLabelsMap()).containsKey(Labels.LOCAL_COMMIT_PATH);
    }

    @Test
    void aLayerThatIsSaidToBeOneOfOursHasToBeOne() {
        Map<String, String> labels = new HashMap<>(remoteLabels("x", DIGEST_1));
        labels.remove(Labels.IMAGE_REF);
        prepare("k", "", labels);

        refused(Status.Code.FAILED_PRECONDITION, "there is no overlaybd.commit in it", () -> commit("x", "k", labels));
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
    void aTurboOciLayerIsUnpackedAndRefersToTheOriginalOne() throws IOException {
        turboOci("t1", "", DIGEST_1, "ext4.fs.meta", "gzip.meta");
        turboOci("t2", "t1", DIGEST_2, "ext4.fs.meta", "gzip.meta");
        Path fs1 = root.resolve("snapshots/1/fs");
        Path fs2 = root.resolve("snapshots/2/fs");
        ImageConfig spec = ImageConfig.read(root.resolve("snapshots/2/block/config.v1.json"));
        assertThat(spec.repoBlobUrl()).isEqualTo("https://registry.example:5000/v2/team/app/blobs");
        assertThat(spec.lowers()).containsExactly(turboLower(fs1, DIGEST_1), turboLower(fs2, DIGEST_2));
    }

    @Test
    void aTurboOciLayerHasTheFileSystemOfTheOneBelow() {
        turboOci("t1", "", DIGEST_1, "ext4.fs.meta", "gzip.meta");
        refused(
                Status.Code.FAILED_PRECONDITION,
                root + "/snapshots/2/fs/ext4.fs.meta",
                () -> turboOci("t2", "t1", DIGEST_2, "erofs.fs.meta", "gzip.meta"));
    }

    @Test
    void turboOciLayersOnANativeOneAreExt4() throws IOException {
        takenIn("base", "", DIGEST_1);
        turboOci("t1", "base", DIGEST_1, "ext4.fs.meta", "erofs.fs.meta", "gzip.meta");
        turboOci("t2", "t1", DIGEST_2, "ext4.fs.meta", "gzip.meta");

        ImageConfig spec = ImageConfig.read(root.resolve("snapshots/3/block/config.v1.json"));
        assertThat(spec.lowers().getFirst().digest()).isEqualTo(DIGEST_1);
        assertThat(spec.lowers().subList(1, 3))
                .containsExactly(
                        turboLower(root.resolve("snapshots/2/fs"), DIGEST_1),
                        turboLower(root.resolve("snapshots/3/fs"), DIGEST_2));
    }

    @Test
    void aFileMakesAllTurboOciLayersExt4() throws IOException {
        turboOci("t1", "", DIGEST_1, "ext4.fs.meta", "erofs.fs.meta", "gzip.meta");
        Files.createFile(root.resolve(".TurboOCI_ext4"));
        turboOci("t2", "t1", DIGEST_2, "ext4.fs.meta", "erofs.fs.meta", "gzip.meta");

        ImageConfig spec = ImageConfig.read(root.resolve("snapshots/2/block/config.v1.json"));
        assertThat(spec.lowers())
                .containsExactly(
                        turboLower(root.resolve("snapshots/1/fs"), DIGEST_1),
                        turboLower(root.resolve("snapshots/2/fs"), DIGEST_2));
    }

    @Test
    void aTurboOciLayerStaysOneIfBlobsAreToBeDownloaded() throws IOException {
        Map<String, String> download = Map.of(Labels.DOWNLOAD_REMOTE_BLOB, "download");
        turboOci("t1", "", DIGEST_1, download, "ext4.fs.meta", "gzip.meta");
        turboOci("t2", "t1", DIGEST_2, download, "ext4.fs.meta", "gzip.meta");

        ImageConfig spec = ImageConfig.read(root.resolve("snapshots/2/block/config.v1.json"));
        assertThat(spec.lowers())
                .containsExactly(
                        turboLower(root.resolve("snapshots/1/fs"), DIGEST_1),
                        turboLower(root.resolve("snapshots/2/fs"), DIGEST_2));
    }

    private static ImageConfig.Lower turboLower(Path fs, String target) {
        return new ImageConfig.Lower(
                fs.resolve("ext4.fs.meta").toString(),
                fs.toString(),
                "",
                0,
                "",
                target,
                fs.resolve("gzip.meta").toString());
    }

    private void turboOci(String name, String parent, String target, String... files) {
        turboOci(name, parent, target, Map.of(), files);
    }

    private void turboOci(String name, String parent, String target, Map<String, String> more, String... files) {
        Map<String, String> labels = new HashMap<>(remoteLabels(name, DIGEST_1));
        labels.putAll(more);
        labels.put(LayerAnnotations.TURBO_OCI_TARGET_DIGEST, target);
        labels.put(LayerAnnotations.TURBO_OCI_TARGET_MEDIA_TYPE, MediaTypes.OCI_LAYER_GZIP);
        Mount mount = prepare(name + "-extract", parent, labels).getFirst();
        assertThat(mount.getType()).isEqualTo("bind");
        try {
            for (String file : files) {
                Files.createFile(Path.of(mount.getSource(), file));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        commit(name, name + "-extract", labels);
    }

    @Test
    void anAccelerationLayerIsUnpackedOnTheImageItIsFor() throws IOException {
        takenIn("l1", "", DIGEST_1);
        Map<String, String> labels = Map.of(Labels.REF, "top", LayerAnnotations.ACCELERATION_LAYER, "yes");
        Mount mount = prepare("k", "l1", labels).getFirst();
        assertThat(mount.getType()).isEqualTo("bind");
        assertThat(mount.getOptionsList()).containsExactly("rw", "bind");
        commit("top", "k", labels);
        ImageConfig spec = ImageConfig.read(root.resolve("snapshots/2/block/config.v1.json"));
        assertThat(spec.accelerationLayer()).isTrue();
        assertThat(spec.lowers().getLast()).isEqualTo(ImageConfig.Lower.dir(mount.getSource()));
        assertThat(spec.lowers()).hasSize(2);

        takenIn("l2", "top", DIGEST_2); // its device has the data only
        ImageConfig above = ImageConfig.read(root.resolve("snapshots/3/block/config.v1.json"));
        assertThat(above.accelerationLayer()).isFalse();
        assertThat(above.lowers()).extracting(ImageConfig.Lower::digest).containsExactly(DIGEST_1, DIGEST_2);
    }

    @Test
    void anAccelerationLayerForNothingIsRefused() {
        refused(
                Status.Code.FAILED_PRECONDITION,
                "has to lie on the image",
                () -> prepare("k", "", Map.of(Labels.REF, "x", LayerAnnotations.ACCELERATION_LAYER, "yes")));
    }

    @Test
    void aQuotaThatCannotBeKeptIsRefused() {
        refused(Status.Code.FAILED_PRECONDITION, "prjquota", () -> prepare("k", "", Map.of(Labels.DISK_QUOTA, "1m")));
        refused(Status.Code.INVALID_ARGUMENT, "disk_quota", () -> prepare("k", "", Map.of(Labels.DISK_QUOTA, "big")));
        assertThat(list("kind")).isEmpty();
    }

    @Test
    void theImageOfEveryLayerIsNoted() {
        prepare("k", "", Map.of(Labels.REF, "plain", Labels.IMAGE_REF, IMAGE, Labels.CRI_IMAGE_REF, "cri.example/a:2"));
        assertThat(root.resolve("snapshots/1/image_ref")).hasContent("cri.example/a:2");
        prepare("c", "", Map.of());
        assertThat(root.resolve("snapshots/2/image_ref")).doesNotExist();
    }

    @Test
    void aZdfsLayerIsReadFromWhereItsFilesSay() throws IOException {
        zdfs("z1", "", Map.of(), "https://oss.example/v2/old/app/blobs/" + DIGEST_1);
        zdfs("z2", "z1", Map.of(Labels.IMAGE_REF, IMAGE), "https://oss.example/v2/old/app/blobs/" + DIGEST_2);

        ImageConfig lowest = ImageConfig.read(root.resolve("snapshots/1/block/config.v1.json"));
        assertThat(lowest.repoBlobUrl()).isEqualTo("https://oss.example/v2/old/app/blobs");
        ImageConfig.Lower base = ImageConfig.Lower.file("/opt/overlaybd/baselayers/.commit");
        ImageConfig.Lower first = ImageConfig.Lower.remote(
                DIGEST_1, 4096, root.resolve("snapshots/1/block").toString());
        assertThat(lowest.lowers()).containsExactly(base, first);
        assertThat(root.resolve("snapshots/1/block/.oss_url")).exists();
        assertThat(root.resolve("snapshots/1/zdfsmeta/.type")).hasContent("x");

        ImageConfig top = ImageConfig.read(root.resolve("snapshots/2/block/config.v1.json"));
        assertThat(top.repoBlobUrl()).isEqualTo("https://registry.example:5000/v2/team/app/blobs");
        assertThat(top.lowers())
                .containsExactly(
                        base,
                        first,
                        ImageConfig.Lower.remote(
                                DIGEST_2,
                                4096,
                                root.resolve("snapshots/2/block").toString()));
    }

    @Test
    void aZdfsLayerThatSaysNothingIsRefused() {
        refused(
                Status.Code.FAILED_PRECONDITION,
                "zdfs layer",
                () -> zdfs("z", "", Map.of(), "https://oss.example/v2/old/app/blobs/latest"));
    }

    private void zdfs(String name, String parent, Map<String, String> more, String url) throws IOException {
        Map<String, String> labels = new HashMap<>(more);
        labels.put(Labels.REF, name);
        labels.put(Labels.CONVERT_TO_TURBO_OCI, ""); // a plain directory: nothing has to be attached for it
        prepare(name + "-extract", parent, labels);
        Path fs = root.resolve("snapshots")
                .resolve(Integer.toString(directories().size()))
                .resolve("fs");
        for (String file : List.of(".aaaaaaaaaaaaaaaa.lsmt", ".checksum_file", ".type")) {
            Files.writeString(fs.resolve(file), "x");
        }
        Files.writeString(fs.resolve(".oss_url"), url + "\n");
        Files.writeString(fs.resolve(".data_size"), "4096\n");
        commit(name, name + "-extract", labels);
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
        Path file = layerFile(Path.of(mounts.getFirst().getSource()));
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
                "failed to attach and mount for snapshot 1: overlaybd-tcmu does not answer on " + dir + "/b.sock",
                () -> prepare("c", "l1", Map.of()));
        refused(Status.Code.NOT_FOUND, "c", () -> stat("c"));
        assertThat(directories()).containsExactly(root.resolve("snapshots/1"));
        assertThat(root.resolve("snapshots/1/block/backstore_mark")).doesNotExist();
        remove("l1");
        assertThat(directories()).isEmpty();
    }

    /** Puts what begins like a layer into a directory. */
    private static Path layerFile(Path directory) throws IOException {
        return Files.write(directory.resolve("overlaybd.commit"), TestLayers.zfileMagic());
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
