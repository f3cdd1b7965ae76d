package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.linux.Backstore;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where images are attached when the control socket answers, and when it does not. */
class BackendTest {
    private static final Backstore DEVICE = new Backstore(3, "dev_7");

    @TempDir
    Path dir;

    private final BlockingCalls blocking = new BlockingCalls();
    private final FakeDisks disks = new FakeDisks();
    private Backend backend;
    private Layer layer;

    @BeforeEach
    void make() throws IOException {
        backend = new Backend(
                new ControlClient(dir.resolve("b.sock"), Duration.ofSeconds(5)),
                disks,
                blocking,
                new DeviceIds(3),
                Duration.ofSeconds(20));
        layer = new Layer(
                7, "image", "overlaybd-remote", Map.of(), Files.createDirectories(dir.resolve("snapshots/7")));
        BlockDirectory.of(layer).make();
    }

    @AfterEach
    void stop() {
        blocking.close();
    }

    @Test
    void theKernelIsNotTroubledWhereTheControlSocketAnswers() throws IOException {
        disks.obstacle = Optional.empty();
        try (FakeBackend daemon = new FakeBackend(dir.resolve("b.sock"), "/dev/loop0")) {
            assertThat(backend.attach(layer)).isEqualTo(new Backend.Device("/dev/loop0", "fake"));
            assertThat(daemon.attached).containsExactly("3-7");
        }
        assertThat(disks.attached).isEmpty();
    }

    @Test
    void withoutAControlSocketTheKernelAttaches() throws IOException {
        disks.obstacle = Optional.empty();

        assertThat(backend.attach(layer)).isEqualTo(new Backend.Device("/dev/sdz", "configfs"));
        assertThat(disks.attached)
                .containsEntry(DEVICE, "overlaybd/" + BlockDirectory.of(layer).spec());

        backend.detach(layer);
        assertThat(disks.attached).isEmpty();
    }

    @Test
    void whereTheKernelCannotTheSilentSocketIsNamed() {
        assertThatThrownBy(() -> backend.attach(layer))
                .isInstanceOf(ControlException.NotRunning.class)
                .hasMessageContaining("b.sock");
        assertThatThrownBy(() -> backend.detach(layer)).isInstanceOf(ControlException.NotRunning.class);
    }

    @Test
    void aBackendThatIsAwayIsWaitedForUntilItIsWell() throws Exception {
        FutureTask<Boolean> waiting = new FutureTask<>(() -> backend.comesBack(inNanos(Duration.ofSeconds(20))));
        Path socket = dir.resolve("b.sock");
        try (ServerSocketChannel starting = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            starting.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(waiting);
            for (int asked = 0; asked < 2; asked++) {
                starting.accept().close(); // without an answer
            }
        }
        Files.delete(socket);
        try (FakeBackend daemon = new FakeBackend(socket, "/dev/loop0")) {
            assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
            assertThat(daemon.requests).containsOnly("GET /v1/health");
        }
    }

    @Test
    void aBackendThatStaysAwayIsGivenUp() throws IOException {
        assertThat(backend.comesBack(inNanos(Duration.ofMillis(150)))).isFalse();
    }

    private static long inNanos(Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    @Test
    void whatTheBackendWroteOfItsFailureIsInTheError() throws IOException {
        Files.writeString(BlockDirectory.of(layer).resultFile(), "failed:of yesterday");
        disks.obstacle = Optional.empty();
        disks.attach = config -> {
            throw new ErrnoException("write 1 to /enable", Errno.ENOENT.number());
        };
        assertThatThrownBy(() -> backend.attach(layer))
                .hasMessageContaining("/enable")
                .hasMessageNotContaining("yesterday");

        disks.attach = config -> {
            Files.writeString(BlockDirectory.of(layer).resultFile(), "failed:layer 0: 401\n");
            throw new ErrnoException("write 1 to /enable", Errno.ENOENT.number());
        };
        assertThatThrownBy(() -> backend.attach(layer))
                .hasMessageContaining("/enable: ENOENT")
                .hasMessageEndingWith(", failed:layer 0: 401");
    }

    @Test
    void aDeviceOfABackendThatRanBeforeIsDetachedToo() throws IOException {
        disks.obstacle = Optional.empty();
        backend.attach(layer);
        try (FakeBackend daemon = new FakeBackend(dir.resolve("b.sock"), "/dev/loop0")) {
            daemon.unknown = true;
            backend.detach(layer);
        }
        assertThat(disks.attached).isEmpty();
    }

    @Test
    void devicesOfSnapshotsThatAreGoneAreDetached() throws IOException {
        disks.obstacle = Optional.empty();
        Path root = dir.toRealPath();
        disks.attach(DEVICE, "overlaybd/" + root.resolve("snapshots/7/block/config.v1.json"));
        disks.attach(new Backstore(3, "dev_8"), "overlaybd/" + root.resolve("snapshots/8/block/config.v1.json"));
        disks.attach(new Backstore(3, "dev_9"), "overlaybd//elsewhere/9/block/config.v1.json");

        backend.detachUnknown(Set.of(7L), root);

        assertThat(disks.attached.keySet()).containsExactlyInAnyOrder(DEVICE, new Backstore(3, "dev_9"));
    }
}
