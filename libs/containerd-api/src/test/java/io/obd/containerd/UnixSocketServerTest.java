package io.obd.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.containerd.snapshots.v1.StatSnapshotResponse;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketServerTest {
    @TempDir
    Path dir;

    @Test
    void answersCallsOnVirtualThreads() throws Exception {
        Path socket = dir.resolve("run/api.sock");
        try (UnixSocketServer server = start(socket);
                UnixSocketChannel client = UnixSocketChannel.to(server.socket())) {
            assertThat(stat(client, "k")).isEqualTo("k on a virtual thread");
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void directCallsStayOnTheThreadThatServesTheSocket() throws Exception {
        try (UnixSocketServer server = UnixSocketServer.startDirect(dir.resolve("api.sock"), List.of(new Echo()));
                UnixSocketChannel client = UnixSocketChannel.to(server.socket())) {
            assertThat(stat(client, "k")).isEqualTo("k");
        }
    }

    @Test
    void socketAndDirectoryBelongToTheOwnerAlone() throws Exception {
        Path socket = dir.resolve("run/api.sock");
        try (UnixSocketServer server = start(socket)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(server.socket())))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("run"))))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void whatItWasBoundToIsNotLeftBesideTheSocket() throws Exception {
        try (UnixSocketServer server = start(dir.resolve("api.sock"))) {
            assertThat(dir.toFile().list()).containsExactly("api.sock");
        }
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aPathThatIsTooLongForASocketIsNamed() {
        Path socket = dir.resolve("s".repeat(120));

        assertThatThrownBy(() -> start(socket)).hasMessage(socket + ": Unix domain path too long");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void replacesTheSocketOfADeadServer() throws Exception {
        Path socket = dir.resolve("api.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();

        try (UnixSocketServer server = start(socket);
                UnixSocketChannel client = UnixSocketChannel.to(server.socket())) {
            assertThat(stat(client, "k")).startsWith("k");
        }
    }

    @Test
    void leavesTheSocketOfALivingServerAlone() throws Exception {
        Path socket = dir.resolve("api.sock");
        try (UnixSocketServer server = start(socket)) {
            assertThatThrownBy(() -> start(socket))
                    .isInstanceOf(FileAlreadyExistsException.class)
                    .hasMessageContaining("another server answers");
            try (UnixSocketChannel client = UnixSocketChannel.to(server.socket())) {
                assertThat(stat(client, "k")).startsWith("k");
            }
        }
    }

    @Test
    void leavesAFileThatIsNoSocketAlone() throws Exception {
        Path file = Files.writeString(dir.resolve("api.sock"), "precious");
        assertThatThrownBy(() -> start(file)).hasMessageContaining("not a socket");
        assertThat(file).hasContent("precious");
    }

    @Test
    void anAbsentServerIsUnavailable() {
        try (UnixSocketChannel client = UnixSocketChannel.to(dir.resolve("none.sock"))) {
            assertThatThrownBy(() -> stat(client, "k"))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
        }
    }

    @Test
    void shutdownOfAnIdleServerIsClean() throws Exception {
        UnixSocketServer server = start(dir.resolve("api.sock"));
        assertThat(server.shutdown(Duration.ofSeconds(5))).isTrue();
    }

    private static UnixSocketServer start(Path socket) throws IOException {
        return UnixSocketServer.start(socket, List.of(new Echo()));
    }

    private static String stat(UnixSocketChannel client, String key) {
        return SnapshotsGrpc.newBlockingStub(client.channel())
                .stat(StatSnapshotRequest.newBuilder().setKey(key).build())
                .getInfo()
                .getName();
    }

    private static final class Echo extends SnapshotsGrpc.SnapshotsImplBase {
        @Override
        public void stat(StatSnapshotRequest request, StreamObserver<StatSnapshotResponse> answer) {
            String where = Thread.currentThread().isVirtual() ? " on a virtual thread" : "";
            answer.onNext(StatSnapshotResponse.newBuilder()
                    .setInfo(Info.newBuilder().setName(request.getKey() + where))
                    .build());
            answer.onCompleted();
        }
    }
}
