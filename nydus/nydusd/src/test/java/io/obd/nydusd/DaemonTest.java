package io.obd.nydusd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.httpserver.SocketListener;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.MessageSocket;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.linux.RawFile;
import io.obd.nydusbackend.config.BasicAuth;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** With a kernel that refuses to read images by itself. */
@Timeout(120)
class DaemonTest {
    @TempDir
    private Path directory;

    private final AtomicReference<Path> hidden = new AtomicReference<>(Path.of("/"));
    private Path mountPoint = Path.of("");

    @BeforeEach
    void makeMountPoint() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        assumeTrue(Files.exists(Path.of("/dev/fuse")), "the kernel has no FUSE");
        mountPoint = Files.createDirectory(directory.resolve("mnt"));
    }

    private ErofsMount refusing(Errno reason) {
        return new ErofsMount((source, target, type, options) -> {
            hidden.set(Objects.requireNonNull(Path.of(source).getParent()));
            throw new ErrnoException("mount " + type + " " + source + " on " + target, reason.number());
        });
    }

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DaemonTest.class.getResource("/golden/" + name))
                .toURI());
    }

    private Options options(String frontend) throws Exception {
        return options(frontend, "");
    }

    /** @param cache a key of the device and its value, or nothing */
    private Options options(String frontend, String cache) throws Exception {
        Path config = Files.writeString(
                directory.resolve("config.json"),
                "{\"device\":{\"backend\":{\"type\":\"localfs\",\"config\":{\"dir\":\"" + golden("blobs") + "\"}}"
                        + cache + "},\"mode\":\"direct\"}");
        Options options = new Options();
        new CommandLine(options)
                .parseArgs(
                        "--config",
                        config.toString(),
                        "--bootstrap",
                        golden("v6-none/base.boot").toString(),
                        "--mountpoint",
                        mountPoint.toString(),
                        "--frontend",
                        frontend);
        return options;
    }

    @ParameterizedTest
    @EnumSource(
            value = Errno.class,
            names = {"ENODEV", "ENOTBLK", "EINVAL"})
    void whatTheKernelDoesNotReadIsServedOverFuse(Errno refusal) throws Exception {
        Daemon daemon = Daemon.start(options("auto"), Map.of(), refusing(refusal));
        try {
            assertThat(MountTable.read().at(mountPoint).orElseThrow().type()).isEqualTo("fuse");
            assertThat(Files.readAllBytes(mountPoint.resolve("dup/a.bin"))).hasSize(30000);
            assertNothingIsLeftOfTheAttempt();
        } finally {
            daemon.close();
        }
        assertThat(MountTable.read().at(mountPoint)).isEmpty();
    }

    @Test
    void aFullDiskOfTheCacheDoesNotKeepAnImageFromBeingRead() throws Exception {
        Path cache = Files.createDirectory(directory.resolve("cache"));
        for (BlobInfo blob : Bootstrap.load(golden("v6-none/base.boot")).blobs()) {
            Files.createSymbolicLink(cache.resolve(blob.id() + ".blob.data"), Path.of("/dev/full"));
        }
        Options options =
                options("fuse", ",\"cache\":{\"type\":\"blobcache\",\"config\":{\"work_dir\":\"" + cache + "\"}}");
        try (Daemon _ = Daemon.start(options, Map.of(), refusing(Errno.ENODEV))) {
            assertThat(Files.readAllBytes(mountPoint.resolve("dup/a.bin"))).hasSize(30000);
        }
    }

    @Test
    void noImageTakesThePlaceOfAnotherOne() throws Exception {
        Options options = options("fuse");
        MountRequest request = new MountRequest(
                "rafs",
                golden("v6-none/base.boot").toString(),
                Files.readString(Objects.requireNonNull(options.config)),
                null);
        options.bootstrap = null;
        try (Daemon daemon = Daemon.start(options, Map.of(), refusing(Errno.ENODEV))) {
            daemon.mount("/p/q", request);

            assertThatThrownBy(() -> daemon.mount("/p/q/r", request))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the image at /p/q leaves no place for one at /p/q/r");
            assertThatThrownBy(() -> daemon.mount("/p", request))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the image at /p/q leaves no place for one at /p");

            daemon.mount("/p/qr", request);
            assertThat(mountPoint.resolve("p/q/dup/a.bin")).isRegularFile();
            assertThat(mountPoint.resolve("p/qr/dup/a.bin")).isRegularFile();
        }
    }

    @Test
    void whatSomebodyElseHasMountedUponItStays() throws Exception {
        Mounts mounts = new Mounts();
        Daemon daemon = Daemon.start(options("fuse"), Map.of(), refusing(Errno.ENODEV));
        mounts.mount("other", mountPoint, "tmpfs", List.of());
        try {
            daemon.close();
            assertThat(MountTable.read().at(mountPoint).orElseThrow().type()).isEqualTo("tmpfs");
        } finally {
            mounts.unmountLazily(mountPoint);
            mounts.unmountLazily(mountPoint);
        }
    }

    @Test
    void aMountThatCannotBeUnmountedKeepsNothingElseOpen() throws Exception {
        Mounts mounts = new Mounts();
        Path other = Files.createDirectory(directory.resolve("other"));
        Options options = options("fuse");
        Path socket = Files.createTempDirectory("s").resolve("api.sock"); // a short name
        options.apiSocket = socket;
        Daemon daemon = Daemon.start(options, Map.of(), refusing(Errno.ENODEV));
        mounts.mount(mountPoint.toString(), other, "", List.of("bind"));
        mounts.unmountLazily(mountPoint);
        try {
            assertThatThrownBy(daemon::close).isInstanceOf(IOException.class).hasMessageContaining("EINVAL");

            assertThat(socket).doesNotExist();
        } finally {
            mounts.unmountLazily(other);
            Files.delete(socket.resolveSibling(""));
        }
    }

    @Test
    void nothingIsLeftOfAnAttemptWhoseFilesAreUnmountedAlready() {
        ErofsMount kernel = new ErofsMount((source, target, type, options) -> {
            Path files = Objects.requireNonNull(Path.of(source).getParent());
            hidden.set(files);
            new Mounts().unmountLazily(files);
            throw new ErrnoException("mount " + type, Errno.EPERM.number());
        });

        assertThatThrownBy(() -> Daemon.start(options("erofs"), Map.of(), kernel))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("EPERM");

        assertNothingIsLeftOfTheAttempt();
    }

    /** As the snapshotter of the originals starts a successor: its command line is that of the daemon before. */
    @Test
    void whoFindsTheMountAndTheSocketOfADeadDaemonWaitsToTakeOver() throws Exception {
        Mounts mounts = new Mounts();
        Path sockets = Files.createTempDirectory("s");
        Options options = options("fuse");
        Path api = sockets.resolve("api.sock");
        options.apiSocket = api;
        options.supervisor = sockets.resolve("s.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(api));
        }
        mounts.mount("dead", mountPoint, "tmpfs", List.of());
        try (Daemon successor = Daemon.start(options, Map.of(), refusing(Errno.ENODEV))) {
            assertThat(successor.state()).isEqualTo(DaemonState.INIT);
            assertThat(successor.images()).isEmpty();
            assertThat(MountTable.read().at(mountPoint).orElseThrow().type()).isEqualTo("tmpfs");
            assertThat(SocketListener.isLeft(api)).isFalse();
        } finally {
            mounts.unmountLazily(mountPoint);
            Files.deleteIfExists(api);
            Files.delete(sockets);
        }
    }

    /** A supervisor that gives what one daemon has sent to another one, which then lacks an image. */
    @Test
    void whatCannotBeTakenOverWholeIsNotTakenOver() throws Exception {
        Path sockets = Files.createTempDirectory("s");
        Options options = options("fuse");
        String config = Files.readString(Objects.requireNonNull(options.config));
        options.bootstrap = null;
        Path supervisor = sockets.resolve("s.sock");
        options.supervisor = supervisor;
        Path second = Files.copy(golden("v6-none/base.boot"), directory.resolve("second.boot"));
        ByteBuffer state = ByteBuffer.allocateDirect(MessageSocket.MAX_MESSAGE);
        try (Daemon daemon = Daemon.start(options, Map.of(), refusing(Errno.ENODEV))) {
            daemon.mount(
                    "/one", new MountRequest("rafs", golden("v6-none/base.boot").toString(), config, null));
            daemon.mount("/two", new MountRequest("rafs", second.toString(), config, null));
            List<RawFile> device = new ArrayList<>();
            supervise(supervisor, socket -> device.addAll(socket.receive(state, Path.of("/dev/fuse"))), daemon::send);
            Files.move(second, directory.resolve("gone.boot"));
            options.upgrade = true;
            try (Daemon successor = Daemon.start(options, Map.of(), refusing(Errno.ENODEV))) {
                assertThatThrownBy(() -> supervise(
                                supervisor, socket -> socket.send(state.duplicate(), device), successor::takeOver))
                        .hasMessageContaining("second.boot");
                assertThat(successor.images()).isEmpty();

                Files.move(directory.resolve("gone.boot"), second);
                supervise(supervisor, socket -> socket.send(state.duplicate(), device), successor::takeOver);
                assertThat(successor.images()).hasSize(2);
                assertThat(successor.state()).isEqualTo(DaemonState.READY);
            }
            for (RawFile descriptor : device) {
                descriptor.close();
            }
        }
        Files.deleteIfExists(supervisor);
        Files.delete(sockets);
    }

    /** Credentials that are in no configuration: where they come from is the environment, or the API. */
    @ParameterizedTest
    @CsvSource({"'', in use", "of now, of now"})
    void aSuccessorReadsWithTheCredentialsInUseOrThoseThatItWasStartedWith(String given, String password)
            throws Exception {
        Path sockets = Files.createTempDirectory("s");
        Options options = options("fuse");
        Files.writeString(Objects.requireNonNull(options.config), """
                {"device":{"backend":{"type":"registry","config":{"host":"127.0.0.1:1","repo":"app"}}},"mode":"direct"}""");
        options.supervisor = sockets.resolve("s.sock");
        ByteBuffer state = ByteBuffer.allocateDirect(MessageSocket.MAX_MESSAGE);
        List<RawFile> device = new ArrayList<>();
        try (Daemon daemon = Daemon.start(options, pullAuth("in use"), refusing(Errno.ENODEV))) {
            supervise(
                    options.supervisor,
                    socket -> device.addAll(socket.receive(state, Path.of("/dev/fuse"))),
                    daemon::send);
            options.upgrade = true;
            Map<String, String> environment = given.isEmpty() ? Map.of() : pullAuth(given);
            try (Daemon successor = Daemon.start(options, environment, refusing(Errno.ENODEV))) {
                supervise(options.supervisor, socket -> socket.send(state, device), successor::takeOver);
                assertThat(successor
                                .image("")
                                .orElseThrow()
                                .backend()
                                .route()
                                .orElseThrow()
                                .credentials()
                                .get())
                        .contains(new BasicAuth("alice", password));
            }
            for (RawFile descriptor : device) {
                descriptor.close();
            }
        }
        Files.deleteIfExists(options.supervisor);
        Files.delete(sockets);
    }

    private static Map<String, String> pullAuth(String password) {
        return Map.of("IMAGE_PULL_AUTH", new BasicAuth("alice", password).base64());
    }

    private interface Conversation {
        void with(MessageSocket socket) throws IOException;
    }

    private interface Request {
        void send() throws IOException;
    }

    private static void supervise(Path socket, Conversation conversation, Request request) throws Exception {
        Files.deleteIfExists(socket);
        try (MessageSocket listener = MessageSocket.listenStream(socket, Duration.ofSeconds(60))) {
            FutureTask<Path> other = new FutureTask<>(() -> {
                try (MessageSocket daemon = listener.accept()) {
                    conversation.with(daemon);
                }
                return socket;
            });
            Thread.ofPlatform().daemon().start(other);
            request.send();
            other.get();
        }
    }

    @Test
    void whoWantsErofsIsToldWhyThereIsNone() {
        assertThatThrownBy(() -> Daemon.start(options("erofs"), Map.of(), refusing(Errno.ENODEV)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--frontend erofs: mount erofs ")
                .hasMessageContaining("ENODEV");
        assertNothingIsLeftOfTheAttempt();
    }

    private void assertNothingIsLeftOfTheAttempt() {
        assertThat(hidden.get()).isNotEqualTo(Path.of("/")).doesNotExist();
    }
}
