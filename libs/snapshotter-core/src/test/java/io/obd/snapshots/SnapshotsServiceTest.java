package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.FieldMask;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.UnixSocketServer;
import io.obd.containerd.snapshots.v1.CleanupRequest;
import io.obd.containerd.snapshots.v1.CommitSnapshotRequest;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.ListSnapshotsRequest;
import io.obd.containerd.snapshots.v1.ListSnapshotsResponse;
import io.obd.containerd.snapshots.v1.MountsRequest;
import io.obd.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.obd.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.containerd.snapshots.v1.UpdateSnapshotRequest;
import io.obd.containerd.snapshots.v1.UsageRequest;
import io.obd.containerd.snapshots.v1.UsageResponse;
import io.obd.containerd.snapshots.v1.ViewSnapshotRequest;
import io.obd.containerd.types.Mount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract as it goes over the socket: codes, texts, messages. */
class SnapshotsServiceTest {
    @TempDir
    Path dir;

    private final FakeProvider provider = new FakeProvider();
    private final BlockingCalls blocking = new BlockingCalls();
    private Snapshotter snapshotter;
    private UnixSocketServer server;
    private UnixSocketChannel channel;
    private SnapshotsGrpc.SnapshotsBlockingStub client;

    @BeforeEach
    void start() throws IOException {
        snapshotter = Snapshotter.open(dir.resolve("root"), provider, blocking, new Snapshotter.Options(false, false));
        server = UnixSocketServer.startDirect(
                dir.resolve("s.sock"), List.of(new SnapshotsService(snapshotter, CallObserver.NONE, blocking)));
        channel = UnixSocketChannel.to(server.socket());
        client = SnapshotsGrpc.newBlockingStub(channel.channel());
    }

    @AfterEach
    void stop() throws IOException {
        channel.close();
        server.close();
        snapshotter.close();
        blocking.close();
    }

    @Test
    void aCallThatFailsWithAnErrorIsAnswered() {
        provider.onShow = () -> {
            throw new StackOverflowError("far down");
        };

        refused(Status.Code.INTERNAL, "far down", () -> prepare("a", "", Map.of(FakeProvider.SHOWN, "")));
    }

    @Test
    void everyKindOfRefusalHasItsCode() {
        prepare("a", "", Map.of());
        commit("c", "a");
        prepare("child", "c", Map.of());

        refused(Status.Code.NOT_FOUND, "snapshot x does not exist: not found", () -> stat("x"));
        refused(
                Status.Code.NOT_FOUND,
                "not found",
                () -> client.mounts(MountsRequest.newBuilder().setKey("x").build()));
        refused(Status.Code.ALREADY_EXISTS, "already exists", () -> prepare("c", "", Map.of()));
        refused(Status.Code.INVALID_ARGUMENT, "not a committed snapshot", () -> prepare("z", "child", Map.of()));
        refused(Status.Code.FAILED_PRECONDITION, "cannot remove snapshot c with child", () -> remove("c"));
        refused(Status.Code.INVALID_ARGUMENT, "at position 6", () -> list("name=="));
        refused(
                Status.Code.INVALID_ARGUMENT,
                "field \"kind\"",
                () -> client.update(UpdateSnapshotRequest.newBuilder()
                        .setInfo(Info.newBuilder().setName("c"))
                        .setUpdateMask(FieldMask.newBuilder().addPaths("kind"))
                        .build()));
    }

    @Test
    void otherFailuresAreUnknownWithTheirText() {
        provider.onAttach = () -> {
            throw new IOException("the device is gone");
        };
        refused(
                Status.Code.ALREADY_EXISTS,
                "target snapshot \"r\": already exists",
                () -> prepare("x", "", Map.of(FakeProvider.REMOTE, "", FakeProvider.REF, "r")));
        refused(Status.Code.UNKNOWN, "the device is gone", () -> prepare("c", "r", Map.of()));
    }

    @Test
    void aSnapshotIsDescribedInFull() {
        prepare("a", "", Map.of());
        commit("base", "a");
        prepare("k", "base", Map.of("l", "v"));
        Info info = stat("k");

        assertThat(info.getName()).isEqualTo("k");
        assertThat(info.getParent()).isEqualTo("base");
        assertThat(info.getKind()).isEqualTo(io.obd.containerd.snapshots.v1.Kind.ACTIVE);
        assertThat(info.getLabelsMap()).isEqualTo(Map.of("l", "v"));
        assertThat(info.getCreatedAt()).isEqualTo(info.getUpdatedAt());
        assertThat(info.getCreatedAt().getSeconds()).isPositive();
    }

    @Test
    void labelsOfAnyLengthAndTextAreSent() {
        Map<String, String> labels =
                Map.of("empty", "", "long", "x".repeat(4000), "\u00fcber", "\u65e5\u672c\ud83d\ude00");
        prepare("k", "", labels);
        assertThat(stat("k").getLabelsMap()).isEqualTo(labels);
        assertThat(stat("k").getParent()).isEmpty();
    }

    @Test
    void anUpdateAnswersTheSnapshotAsItIsThen() {
        prepare("k", "", Map.of("x", "1", "y", "2"));
        Info info = client.update(UpdateSnapshotRequest.newBuilder()
                        .setInfo(Info.newBuilder().setName("k").putLabels("x", "3"))
                        .setUpdateMask(
                                FieldMask.newBuilder().addPaths("labels.x").addPaths("labels.y"))
                        .build())
                .getInfo();
        assertThat(info.getLabelsMap()).isEqualTo(Map.of("x", "3"));
        assertThat(info).isEqualTo(stat("k"));
    }

    @Test
    void aListComesInMessagesOfAtMostAHundred() {
        for (int i = 0; i < 101; i++) {
            prepare("k" + i, "", Map.of());
        }
        List<Integer> sizes = new ArrayList<>();
        client.list(ListSnapshotsRequest.getDefaultInstance()).forEachRemaining(page -> sizes.add(page.getInfoCount()));
        assertThat(sizes).containsExactly(100, 1);
        assertThat(list("name==k7")).containsExactly("k7");
    }

    @Test
    void everyListHasTheSnapshotsAsTheyAreThen() {
        prepare("a", "", Map.of("l", "1"));
        prepare("b", "", Map.of());
        listIsWhatStatSays("a", "b");
        commit("c", "a");
        update("b", Map.of("l", "2"));
        listIsWhatStatSays("c", "b");
        remove("c");
        prepare("d", "", Map.of());
        listIsWhatStatSays("b", "d");
        assertThat(list("labels.l==2")).containsExactly("b");
    }

    private void listIsWhatStatSays(String... names) {
        List<Info> all = new ArrayList<>();
        client.list(ListSnapshotsRequest.getDefaultInstance()).forEachRemaining(page -> all.addAll(page.getInfoList()));
        assertThat(all).isEqualTo(Stream.of(names).map(this::stat).toList());
    }

    @Test
    void aListOfNothingIsAnEmptyStream() {
        assertThat(list("")).isEmpty();
    }

    @Test
    void viewsUsageAndCleanupAnswer() {
        List<Mount> view = client.view(
                        ViewSnapshotRequest.newBuilder().setKey("v").build())
                .getMountsList();
        UsageResponse usage = client.usage(UsageRequest.newBuilder().setKey("v").build());

        assertThat(view)
                .singleElement()
                .satisfies(mount -> assertThat(mount.getOptionsList()).containsExactly("ro", "rbind"));
        assertThat(usage.getInodes()).isEqualTo(1);
        assertThat(client.cleanup(CleanupRequest.getDefaultInstance())).isNotNull();
    }

    private List<Mount> prepare(String key, String parent, Map<String, String> labels) {
        return client.prepare(PrepareSnapshotRequest.newBuilder()
                        .setKey(key)
                        .setParent(parent)
                        .putAllLabels(labels)
                        .build())
                .getMountsList();
    }

    private void commit(String name, String key) {
        assertThat(client.commit(CommitSnapshotRequest.newBuilder()
                        .setName(name)
                        .setKey(key)
                        .build()))
                .isNotNull();
    }

    private void remove(String key) {
        assertThat(client.remove(RemoveSnapshotRequest.newBuilder().setKey(key).build()))
                .isNotNull();
    }

    private void update(String key, Map<String, String> labels) {
        assertThat(client.update(UpdateSnapshotRequest.newBuilder()
                        .setInfo(Info.newBuilder().setName(key).putAllLabels(labels))
                        .build()))
                .isNotNull();
    }

    private Info stat(String key) {
        return client.stat(StatSnapshotRequest.newBuilder().setKey(key).build()).getInfo();
    }

    private List<String> list(String filter) {
        List<String> names = new ArrayList<>();
        client.list(ListSnapshotsRequest.newBuilder().addFilters(filter).build())
                .forEachRemaining(
                        (ListSnapshotsResponse page) -> page.getInfoList().forEach(info -> names.add(info.getName())));
        return names;
    }

    private static void refused(Status.Code code, String text, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(code))
                .hasMessageContaining(text);
    }
}
