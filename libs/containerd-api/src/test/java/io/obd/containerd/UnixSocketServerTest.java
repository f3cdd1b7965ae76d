package io.obd.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.ListSnapshotsRequest;
import io.obd.containerd.snapshots.v1.ListSnapshotsResponse;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.containerd.snapshots.v1.StatSnapshotResponse;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketServerTest {
    /** So that all pages are many times what a client takes at once. */
    private static final int PAGES = 100;

    private static final int LONG_NAME = 100_000;

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
    void answersFromManyThreadsReachTheirCallers() throws Exception {
        try (ExecutorService work = Executors.newFixedThreadPool(8);
                UnixSocketServer server =
                        UnixSocketServer.startDirect(dir.resolve("api.sock"), List.of(new Elsewhere(work)));
                UnixSocketChannel client = UnixSocketChannel.to(server.socket());
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = IntStream.range(0, 1000)
                    .mapToObj(i -> callers.submit(() -> stat(client, "key " + i)))
                    .toList();
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get(30, TimeUnit.SECONDS)).isEqualTo("key " + i);
            }
        }
    }

    @Test
    void aLongListArrivesWholeWhileOtherCallsAreAnswered() throws Exception {
        try (ExecutorService work = Executors.newFixedThreadPool(2);
                UnixSocketServer server =
                        UnixSocketServer.startDirect(dir.resolve("api.sock"), List.of(new Elsewhere(work)));
                UnixSocketChannel client = UnixSocketChannel.to(server.socket())) {
            Iterator<ListSnapshotsResponse> pages =
                    SnapshotsGrpc.newBlockingStub(client.channel()).list(ListSnapshotsRequest.getDefaultInstance());
            int count = 0;
            while (pages.hasNext()) {
                assertThat(pages.next().getInfo(0).getName()).isEqualTo("n".repeat(LONG_NAME) + count++);
                assertThat(stat(client, "k")).isEqualTo("k");
            }
            assertThat(count).isEqualTo(PAGES);
        }
    }

    @Test
    void anErrorReachesTheCallerWithItsWords() throws Exception {
        try (UnixSocketServer server = start(dir.resolve("api.sock"));
                UnixSocketChannel client = UnixSocketChannel.to(server.socket())) {
            assertThatThrownBy(() -> stat(client, "none")).hasMessage("NOT_FOUND: snapshot none");
        }
    }

    @Test
    void whoConnectsAndGoesAwayIsNoNews() throws Exception {
        List<LogRecord> news = new CopyOnWriteArrayList<>();
        Handler log = new Handler() {
            @Override
            public void publish(LogRecord record) {
                news.add(record);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger grpc = Logger.getLogger("io.grpc");
        grpc.addHandler(log);
        try (UnixSocketServer server = start(dir.resolve("api.sock"))) {
            SocketChannel.open(UnixDomainSocketAddress.of(server.socket())).close();
            try (SocketChannel stranger = SocketChannel.open(UnixDomainSocketAddress.of(server.socket()))) {
                stranger.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
                stranger.shutdownOutput();
                Channels.newInputStream(stranger).readAllBytes(); // until the server has closed it
            }
            try (UnixSocketChannel client = UnixSocketChannel.to(server.socket())) {
                assertThat(stat(client, "k")).startsWith("k");
            }
        } finally {
            grpc.removeHandler(log);
        }
        assertThat(news).isEmpty();
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
            if (request.getKey().equals("none")) {
                answer.onError(Status.NOT_FOUND.withDescription("snapshot none").asRuntimeException());
                return;
            }
            String where = Thread.currentThread().isVirtual() ? " on a virtual thread" : "";
            answer.onNext(StatSnapshotResponse.newBuilder()
                    .setInfo(Info.newBuilder().setName(request.getKey() + where))
                    .build());
            answer.onCompleted();
        }
    }

    /** Answers on threads of its own. */
    private static final class Elsewhere extends SnapshotsGrpc.SnapshotsImplBase {
        private final ExecutorService work;

        Elsewhere(ExecutorService work) {
            this.work = work;
        }

        @Override
        public void stat(StatSnapshotRequest request, StreamObserver<StatSnapshotResponse> answer) {
            work.execute(() -> {
                answer.onNext(StatSnapshotResponse.newBuilder()
                        .setInfo(Info.newBuilder().setName(request.getKey()))
                        .build());
                answer.onCompleted();
            });
        }

        @Override
        public void list(ListSnapshotsRequest request, StreamObserver<ListSnapshotsResponse> answer) {
            work.execute(() -> {
                for (int page = 0; page < PAGES; page++) {
                    answer.onNext(ListSnapshotsResponse.newBuilder()
                            .addInfo(Info.newBuilder().setName("n".repeat(LONG_NAME) + page))
                            .build());
                }
                answer.onCompleted();
            });
        }
    }
}
