package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** With processes that take nydusd's flags and answer its API. */
class DaemonsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final CredentialSource ALICE =
            CredentialSource.fixed(new Credentials.UserPassword("alice", "s3cret"));

    @TempDir(cleanup = CleanupMode.NEVER)
    Path temporary;

    private Path root;
    private Path program;
    private final BlockingCalls blocking = new BlockingCalls();
    private final List<DaemonProcess> seen = new ArrayList<>();
    private final List<Daemons> opened = new ArrayList<>();

    @BeforeEach
    void prepare() throws Exception {
        assumeTrue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0, "needs root to mount");
        root = Files.createTempDirectory("nydus").toRealPath(); // names of sockets must be short
        program = FakeNydusd.launcher(root);
        Files.writeString(root.resolve("nydusd.json"), """
            {"device": {"backend": {"type": "registry", "config": {}}, "cache": {}}, "mode": "direct"}\
            """);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (root == null) {
            return;
        }
        opened.forEach(Daemons::stop);
        for (DaemonProcess process : seen) {
            process.handle().destroyForcibly();
            assertThat(process.awaitEnd(LIMIT)).isTrue();
        }
        for (Mount mount : MountTable.read().below(root)) {
            new Mounts().unmountLazily(mount.target());
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void anImageIsMountedOnceByADaemonOfItsOwn() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);
        Layer layer = image(1);

        Path mountpoint = daemons.mount(List.of(layer));

        assertThat(mountpoint).isEqualTo(layer.directory().resolve("mnt"));
        assertThat(daemons.mount(List.of(layer))).isEqualTo(mountpoint);
        assertThat(daemons.all()).hasSize(1);
        assertThat(Files.readString(mountpoint.resolve("who")))
                .isEqualTo(Long.toString(process(daemons).pid()));
        assertThat(started(daemons)).contains("--bootstrap " + layer.fs().resolve("image/image.boot"));
        assertThat(mountsBelowRoot()).containsExactly(mountpoint);
    }

    @Test
    void credentialsReachTheDaemonAndNotTheDisk() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);

        daemons.mount(List.of(image(1)));

        Daemon daemon = daemons.all().iterator().next();
        assertThat(started(daemons)).endsWith("YWxpY2U6czNjcmV0");
        assertThat(Files.readString(daemon.files().config()))
                .contains("\"host\":\"reg.example:5000\"", "\"repo\":\"app\"", "\"id\":\"/1\"")
                .doesNotContain("auth");
    }

    @Test
    void newCredentialsReachADaemonThatRuns() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);
        Path mountpoint = daemons.mount(List.of(image(1)));
        Renewal renewal = new Renewal(daemons::all, configs());

        renewal.run();

        Path told = mountpoint.resolve("credentials");
        assertThat(told).hasContent("/1 {\"registry_auth\":\"YWxpY2U6czNjcmV0\"}");
        Files.delete(told);
        renewal.run();
        assertThat(told).doesNotExist();
    }

    @Test
    void aSharedDaemonServesAllImagesAndEndsWithTheLast() throws Exception {
        Daemons daemons = daemons(true, RecoverPolicy.RESTART);
        Layer one = image(1);
        Layer two = image(2);

        assertThat(daemons.mount(List.of(one))).isEqualTo(root.resolve("mnt/1"));
        assertThat(daemons.mount(List.of(two))).isEqualTo(root.resolve("mnt/2"));

        DaemonProcess process = process(daemons);
        assertThat(daemons.all()).hasSize(1);
        assertThat(Files.readString(root.resolve("mnt/2/config")))
                .contains("rafs", two.fs().resolve("image/image.boot").toString(), "YWxpY2U6czNjcmV0");
        daemons.unmount(one);
        assertThat(process.isAlive()).isTrue();
        daemons.unmount(two);
        assertThat(process.isAlive()).isFalse();
        assertThat(mountsBelowRoot()).isEmpty();
        assertThat(DaemonFiles.ids(root)).isEmpty();
    }

    @Test
    void anUnmountedImageLeavesNothing() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);
        Layer layer = image(1);
        daemons.mount(List.of(layer));
        DaemonProcess process = process(daemons);

        daemons.unmount(layer);

        assertThat(process.isAlive()).isFalse();
        assertThat(mountsBelowRoot()).isEmpty();
        assertThat(DaemonFiles.ids(root)).isEmpty();
        assertThat(layer.directory().resolve("nydusd")).doesNotExist();
    }

    @Test
    void aDaemonThatEndsAtItsStartIsQuotedAndLeavesNothing() throws Exception {
        program = FakeNydusd.launcher(root, "echo 'blob 88795 is not there' >&2", "exit 3");
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);
        Layer layer = image(1);

        assertThatThrownBy(() -> daemons.mount(List.of(layer)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("reg.example:5000/app:v1")
                .hasMessageContaining("ended with status 3")
                .hasMessageContaining("blob 88795 is not there");
        assertThat(daemons.all()).isEmpty();
        assertThat(mountsBelowRoot()).isEmpty();
        assertThat(DaemonFiles.ids(root)).isEmpty();
        assertThat(layer.directory().resolve("nydusd")).doesNotExist();
    }

    @Test
    void aProgramThatIsNotThereIsNamed() throws Exception {
        program = root.resolve("missing");

        assertThatThrownBy(() -> daemons(false, RecoverPolicy.RESTART).mount(List.of(image(1))))
                .hasMessageContaining(program.toString());
        assertThat(DaemonFiles.ids(root)).isEmpty();
    }

    @Test
    void aKilledDaemonIsFollowedByAnother() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);
        Path mountpoint = daemons.mount(List.of(image(1)));
        DaemonProcess first = process(daemons);

        first.handle().destroyForcibly();

        await(() -> !Files.readString(mountpoint.resolve("who")).equals(Long.toString(first.pid())));
        assertThat(process(daemons).pid()).isNotEqualTo(first.pid());
        assertThat(mountsBelowRoot()).containsExactly(mountpoint);
    }

    @Test
    void aKilledSharedDaemonIsFollowedByOneWithAllImages() throws Exception {
        Daemons daemons = daemons(true, RecoverPolicy.RESTART);
        daemons.mount(List.of(image(1)));
        daemons.mount(List.of(image(2)));
        DaemonProcess first = process(daemons);

        first.handle().destroyForcibly();

        await(() -> daemons.all().iterator().next().process().isPresent()
                && Files.exists(root.resolve("mnt/2/config"))
                && process(daemons).pid() != first.pid());
        assertThat(root.resolve("mnt/1/config")).exists();
    }

    @Test
    void withoutRecoveryTheNextContainerStartsItAgain() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.NONE);
        Layer layer = image(1);
        Path mountpoint = daemons.mount(List.of(layer));
        DaemonProcess first = process(daemons);
        first.handle().destroyForcibly();
        await(() -> daemons.all().iterator().next().process().isEmpty());

        assertThat(daemons.mount(List.of(layer))).isEqualTo(mountpoint);

        assertThat(process(daemons).pid()).isNotEqualTo(first.pid());
    }

    @Test
    void daemonsGoOnWithASnapshotterThatIsStartedAgain() throws Exception {
        Layer layer = image(1);
        Daemons before = daemons(false, RecoverPolicy.RESTART);
        Path mountpoint = before.mount(List.of(layer));
        DaemonProcess process = process(before);

        Daemons after = daemons(true, RecoverPolicy.RESTART);
        after.recover(List.of(layer));

        assertThat(process(after)).isEqualTo(process);
        assertThat(after.mount(List.of(layer))).isEqualTo(mountpoint);
        after.unmount(layer);
        assertThat(process.isAlive()).isFalse();
    }

    @Test
    void whatServesNothingThatIsKnownEndsAtTheStart() throws Exception {
        Daemons before = daemons(false, RecoverPolicy.NONE);
        before.mount(List.of(image(1)));
        DaemonProcess process = process(before);

        Daemons after = daemons(false, RecoverPolicy.RESTART);
        after.recover(List.of());

        assertThat(process.isAlive()).isFalse();
        assertThat(DaemonFiles.ids(root)).isEmpty();
    }

    private Daemons daemons(boolean shared, RecoverPolicy policy) {
        BlobCache cache = new BlobCache(root.resolve("cache"));
        SnapshotterConfig.Daemon settings =
                new SnapshotterConfig.Daemon(program.toString(), root.resolve("nydusd.json"), policy, 0, 100, "resend");
        Daemon.Environment environment = new Daemon.Environment(
                new Nydusd(settings, "info", true, LIMIT), configs(), policy, blocking, DaemonEvents.NONE);
        Daemons daemons = new Daemons(root, shared, new DaemonIds(InstantSource.system()), cache, environment);
        opened.add(daemons);
        return daemons;
    }

    private InstanceConfigs configs() {
        SnapshotterConfig.Remote remote = new SnapshotterConfig.Remote(
                false,
                false,
                Optional.empty(),
                new CredentialsConfig(Optional.empty(), Optional.empty()),
                Duration.ZERO);
        return new InstanceConfigs(
                root.resolve("nydusd.json"), root.resolve("cache"), remote, new Mirrors(Optional.empty()), ALICE);
    }

    /** A bootstrap layer; of the bootstrap only the magic counts here. */
    private Layer image(long id) throws IOException {
        Path directory = root.resolve("snapshots").resolve(Long.toString(id));
        Path image = Files.createDirectories(directory.resolve("fs/image"));
        byte[] boot = new byte[4096];
        ByteBuffer.wrap(boot).order(ByteOrder.LITTLE_ENDIAN).putInt(1024, 0xE0F5E1E2);
        Files.write(image.resolve("image.boot"), boot);
        return new Layer(
                id,
                "sha256:" + id,
                LayerType.BOOTSTRAP.word(),
                Map.of(Labels.CRI_IMAGE_REF, "reg.example:5000/app:v1"),
                directory);
    }

    private DaemonProcess process(Daemons daemons) {
        DaemonProcess process = daemons.all().iterator().next().process().orElseThrow();
        seen.add(process);
        return process;
    }

    private static String started(Daemons daemons) throws IOException {
        Daemon daemon = daemons.all().iterator().next();
        return Files.readString(daemon.files().socket().resolveSibling("started"));
    }

    private List<Path> mountsBelowRoot() throws IOException {
        return MountTable.read().below(root).stream().map(Mount::target).toList();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!holds(condition)) {
            assertThat(System.nanoTime()).as("time is up").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private static boolean holds(Callable<Boolean> condition) throws Exception {
        try {
            return condition.call();
        } catch (IOException e) {
            return false; // half way from one daemon to the other
        }
    }
}
