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
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With processes that take nydusd's flags and answer its API. */
class DaemonsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final CredentialSource ALICE =
            CredentialSource.fixed(new Credentials.UserPassword("alice", "s3cret"));

    private Path root;
    private Path program;
    private boolean logToFile = true;
    private final PrefetchLists prefetch = new PrefetchLists();
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
        List<String> renewed = new CopyOnWriteArrayList<>();
        Renewal renewal =
                new Renewal(daemons::all, configs(), (image, succeeded) -> renewed.add(image + " " + succeeded));

        renewal.run();

        Path told = mountpoint.resolve("credentials");
        await(() -> !renewed.isEmpty());
        assertThat(told).hasContent("/1 {\"registry_auth\":\"YWxpY2U6czNjcmV0\"}");
        assertThat(renewed).containsExactly("reg.example:5000/app:v1 true");
        assertThat(renewal.images()).containsExactly("reg.example:5000/app:v1");
        Files.delete(told);
        renewal.run();
        assertThat(told).doesNotExist();
    }

    @Test
    void aDaemonThatDoesNotAnswerHoldsUpNoOther() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);
        Path hung = daemons.mount(List.of(image(1)));
        DaemonProcess first = process(daemons);
        Path other = daemons.mount(List.of(image(2)));
        daemons.all().forEach(daemon -> daemon.process().ifPresent(seen::add));
        Renewal renewal = new Renewal(daemons::all, configs(), (image, succeeded) -> {});
        signal(first, "STOP");
        try {
            renewal.run();

            await(() -> Files.exists(other.resolve("credentials")));
            assertThat(hung.resolve("credentials")).doesNotExist();
        } finally {
            signal(first, "CONT");
        }
        await(() -> Files.exists(hung.resolve("credentials")));
    }

    @Test
    void whoLooksAtADaemonThatDoesNotAnswerDoesNotWait() throws Exception {
        Daemons daemons = daemons(true, RecoverPolicy.RESTART);
        daemons.mount(List.of(image(1)));
        Daemon daemon = daemons.all().iterator().next();
        DaemonProcess process = process(daemons);
        signal(process, "STOP");
        FutureTask<Path> second = new FutureTask<>(() -> daemons.mount(List.of(image(2))));
        try {
            Thread.ofVirtual().start(second);

            await(() -> daemon.instances().size() == 2);
            assertThat(daemon.process()).contains(process);
            assertThat(second).isNotDone();
        } finally {
            signal(process, "CONT");
        }
        assertThat(second.get()).isEqualTo(root.resolve("mnt/2"));
    }

    private static void signal(DaemonProcess process, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
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

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDaemonThatEndsAtItsStartIsQuotedAndLeavesNothing(boolean hasLogFile) throws Exception {
        logToFile = hasLogFile;
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
        if (!hasLogFile) {
            assertThat(root.resolve("logs")).isEmptyDirectory();
        }
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
        await(() -> daemons.all().iterator().next().process().isPresent());
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

        await(() -> isAnother(daemons, first) && Files.exists(root.resolve("mnt/2/config")));
        assertThat(root.resolve("mnt/1/config")).exists();
    }

    @Test
    void anImageThatCannotBeServedAgainHoldsNoOtherUp() throws Exception {
        Daemons daemons = daemons(true, RecoverPolicy.RESTART);
        Layer broken = image(1);
        Layer whole = image(2);
        daemons.mount(List.of(broken));
        daemons.mount(List.of(whole));
        Path bootstrap = broken.fs().resolve("image/image.boot");
        byte[] content = Files.readAllBytes(bootstrap);
        DaemonProcess first = process(daemons);
        Files.delete(bootstrap);
        first.handle().destroyForcibly();

        await(() -> isAnother(daemons, first) && Files.exists(root.resolve("mnt/2/config")));
        assertThat(root.resolve("mnt/1")).doesNotExist();

        Files.write(bootstrap, content);
        assertThat(daemons.mount(List.of(broken))).isEqualTo(root.resolve("mnt/1"));
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
    void aSuccessorGoesOnWithWhatAKilledDaemonHasHandedOver() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.FAILOVER);
        Path mountpoint = daemons.mount(List.of(image(1)));
        DaemonProcess first = process(daemons);
        assertThat(started(daemons)).contains("--id " + id(daemons), "--supervisor " + root.resolve("supervisor"));

        first.handle().destroyForcibly();

        await(() -> !Files.readString(mountpoint.resolve("who")).equals(Long.toString(first.pid())));
        assertThat(mountpoint.resolve("after")).hasContent(first.pid() + " 1");
        assertThat(started(daemons)).contains("--upgrade").endsWith("YWxpY2U6czNjcmV0");
        await(() -> daemons.all().iterator().next().process().isPresent());
        daemons.mount(List.of(image(1))); // which waits until the second one has handed over too
        DaemonProcess second = process(daemons);
        second.handle().destroyForcibly();
        await(() -> Files.readString(mountpoint.resolve("after")).equals(second.pid() + " 1")
                && !Files.readString(mountpoint.resolve("who")).equals(Long.toString(second.pid())));
        await(() -> daemons.all().iterator().next().process().isPresent());
        process(daemons);
        daemons.mount(List.of(image(1))); // the third one
        assertThat(mountsBelowRoot()).containsExactly(mountpoint);
        assertThat(root.resolve("supervisor")).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"false, PUT /api/v1/daemon/fuse/sendfd", "true, PUT /api/v1/config"})
    void aSuccessorThatDiesAtOnceIsFollowedByOneThatGoesOnWithTheSame(boolean shared, String diesAt) throws Exception {
        Path starts = root.resolve("starts");
        program = FakeNydusd.launcher(
                root,
                "echo $$ >>" + starts,
                "if [ $(wc -l <" + starts + ") = 2 ]; then export DIES_AT='" + diesAt + "'; fi");
        Daemons daemons = daemons(shared, RecoverPolicy.FAILOVER);
        daemons.mount(List.of(image(1)));
        Path mountpoint = shared ? root.resolve("mnt") : image(1).directory().resolve("mnt");
        DaemonProcess first = process(daemons);

        first.handle().destroyForcibly();

        await(() -> Files.readAllLines(starts).size() == 3
                && Files.readString(mountpoint.resolve("who"))
                        .equals(Files.readAllLines(starts).getLast()));
        await(() -> daemons.all().iterator().next().process().isPresent());
        assertThat(process(daemons).pid())
                .hasToString(Files.readAllLines(starts).getLast());
        assertThat(mountpoint.resolve("after")).hasContent(first.pid() + " 1");
        assertThat(mountsBelowRoot()).containsExactly(mountpoint);
    }

    @Test
    void aSuccessorThatCannotGoOnIsFollowedByOneThatBeginsAnew() throws Exception {
        program = FakeNydusd.launcher(root, "case \"$*\" in *--upgrade*) exit 4 ;; esac");
        Daemons daemons = daemons(false, RecoverPolicy.FAILOVER);
        Path mountpoint = daemons.mount(List.of(image(1)));
        DaemonProcess first = process(daemons);

        first.handle().destroyForcibly();

        await(() -> !Files.readString(mountpoint.resolve("who")).equals(Long.toString(first.pid())));
        await(() -> daemons.all().iterator().next().process().isPresent());
        process(daemons);
        assertThat(mountpoint.resolve("after")).doesNotExist();
        assertThat(mountsBelowRoot()).containsExactly(mountpoint);
    }

    @Test
    void daemonsAreExchangedForThoseOfAnotherProgram() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.FAILOVER);
        Layer layer = image(1);
        Path mountpoint = daemons.mount(List.of(layer));
        DaemonProcess before = process(daemons);
        Path other = Files.move(FakeNydusd.launcher(root, "touch " + root.resolve("new")), root.resolve("nydusd-2"));
        FakeNydusd.launcher(root);
        Upgrade upgrade = new Upgrade(daemons::all, nydusd(RecoverPolicy.FAILOVER));

        assertThatThrownBy(() -> upgrade.run(other, "9.9"))
                .hasMessageContaining(id(daemons))
                .hasMessageContaining("of version 2.4.4, not 9.9");
        assertThat(process(daemons)).isEqualTo(before);
        upgrade.run(other, "2.4.4");

        DaemonProcess after = process(daemons);
        assertThat(after.pid()).isNotEqualTo(before.pid());
        assertThat(before.isAlive()).isFalse();
        assertThat(after.socket().getFileName()).hasToString("api1.sock");
        assertThat(mountpoint.resolve("who")).hasContent(Long.toString(after.pid()));
        assertThat(root.resolve("new")).exists();
        assertThat(program.toRealPath()).isEqualTo(other);

        Daemons next = daemons(false, RecoverPolicy.FAILOVER);
        next.recover(List.of(layer));
        assertThat(process(next)).isEqualTo(after);
    }

    @Test
    void ifTheNewProgramDoesNotGoOnTheOldOneDoes() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.FAILOVER);
        Path mountpoint = daemons.mount(List.of(image(1)));
        DaemonProcess before = process(daemons);
        Path other = Files.move(
                FakeNydusd.launcher(root, "export DIES_AT='PUT /api/v1/daemon/start'"), root.resolve("nydusd-2"));
        FakeNydusd.launcher(root);

        assertThatThrownBy(() -> new Upgrade(daemons::all, nydusd(RecoverPolicy.FAILOVER)).run(other, ""))
                .hasMessageContaining("the new nydusd does not go on, the old program does");

        assertThat(process(daemons)).isNotEqualTo(before);
        assertThat(mountpoint.resolve("who"))
                .hasContent(Long.toString(process(daemons).pid()));
        assertThat(program).isRegularFile();
    }

    @Test
    void ifNeitherProgramGoesOnBothReasonsAreTold() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.FAILOVER);
        daemons.mount(List.of(image(1)));
        process(daemons);
        Path other = Files.move(
                FakeNydusd.launcher(root, "export DIES_AT='PUT /api/v1/daemon/start'"), root.resolve("nydusd-2"));
        FakeNydusd.launcher(root, "exit 5");

        assertThatThrownBy(() -> new Upgrade(daemons::all, nydusd(RecoverPolicy.FAILOVER)).run(other, ""))
                .hasMessageContaining("neither the new nydusd goes on (")
                .hasMessageContaining("ended with status 5")
                .cause()
                .cause()
                .satisfies(reason -> assertThat(reason.getSuppressed()).hasSize(1));
        assertThat(daemons.all().iterator().next().process()).isEmpty();
    }

    @Test
    void aDaemonWhoseEndIsNotWaitedForGoesOn() throws Exception {
        Path asked = root.resolve("asked");
        FakeNydusd.launcher(root, "export STAYS=" + asked);
        Daemons daemons = daemons(false, RecoverPolicy.FAILOVER);
        daemons.mount(List.of(image(1)));
        DaemonProcess before = process(daemons);
        Path other = Files.copy(program, root.resolve("nydusd-2"), StandardCopyOption.COPY_ATTRIBUTES);
        FutureTask<Path> upgrade = new FutureTask<>(() -> {
            new Upgrade(daemons::all, nydusd(RecoverPolicy.FAILOVER)).run(other, "");
            return other;
        });
        Thread thread = Thread.ofPlatform().start(upgrade);
        await(() -> Files.exists(asked));

        thread.interrupt();

        assertThatThrownBy(upgrade::get)
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("the nydusd of the old program was not ended: interrupted");
        assertThat(process(daemons)).isEqualTo(before);
        Path sockets = daemons.all().iterator().next().files().sockets();
        await(() -> DaemonProcess.serving(sockets).equals(List.of(before)));
    }

    @Test
    void aProgramThatIsNoneIsNotTakenWithoutDaemonsEither() throws Exception {
        Upgrade upgrade = new Upgrade(List::of, nydusd(RecoverPolicy.FAILOVER));

        assertThatThrownBy(() -> upgrade.run(root, "")).hasMessageContaining("is no program");
        assertThatThrownBy(() -> upgrade.run(Path.of("/bin/true"), "")).hasMessageContaining("does not say a version");
        assertThatThrownBy(() -> upgrade.run(program, "9.9")).hasMessageContaining("of version 2.4.4, not 9.9");
        assertThat(program).isRegularFile();
    }

    @Test
    void daemonsFollowAProgramThatWasExchanged() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.FAILOVER);
        Path mountpoint = daemons.mount(List.of(image(1)));
        DaemonProcess before = process(daemons);
        Upgrade upgrade = new Upgrade(daemons::all, nydusd(RecoverPolicy.FAILOVER));

        upgrade.followProgram();
        assertThat(process(daemons)).isEqualTo(before);
        FakeNydusd.launcher(root, "export VERSION=2.4.5");
        upgrade.followProgram();

        assertThat(process(daemons).pid()).isNotEqualTo(before.pid());
        assertThat(before.isAlive()).isFalse();
        assertThat(daemons.all().iterator().next().api().status().version().number())
                .isEqualTo("2.4.5");
        assertThat(mountsBelowRoot()).containsExactly(mountpoint);
    }

    @Test
    void withoutFailoverNothingIsExchanged() throws Exception {
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);
        daemons.mount(List.of(image(1)));
        DaemonProcess before = process(daemons);

        assertThatThrownBy(() -> new Upgrade(daemons::all, nydusd(RecoverPolicy.RESTART)).run(program, ""))
                .hasMessageContaining("daemon.recover_policy has to be failover");
        assertThat(process(daemons)).isEqualTo(before);
    }

    @Test
    void filesToFetchAheadAreHandedToTheDaemonOnce() throws Exception {
        prefetch.put("reg.example:5000/app:v1", List.of("/etc/passwd", "/bin/sh"));
        Daemons daemons = daemons(false, RecoverPolicy.RESTART);

        daemons.mount(List.of(image(1)));

        Path list = daemons.all().iterator().next().files().prefetch();
        assertThat(started(daemons)).contains("--prefetch-files " + list);
        assertThat(list).hasContent("/etc/passwd\n/bin/sh");
        assertThat(prefetch.take("reg.example:5000/app:v1")).isEmpty();
    }

    @Test
    void whatDaemonsSayOfTheirImagesIsAddedUp() throws Exception {
        Daemons daemons = daemons(true, RecoverPolicy.RESTART);
        daemons.mount(List.of(image(1)));
        daemons.mount(List.of(image(2)));
        DaemonFigures figures =
                new DaemonFigures(daemons::all, Duration.ofSeconds(10), () -> Instant.ofEpochSecond(1010));

        figures.collectImages();
        figures.collectHungReads();

        assertThat(figures.images()).containsOnlyKeys("reg.example:5000/app:v1");
        assertThat(figures.images().get("reg.example:5000/app:v1")).startsWith(4096.0, 14.0, 2.0);
        assertThat(figures.reads(ReadHistogram.ALL.getLast()))
                .isEqualTo(Map.of("reg.example:5000/app:v1", List.of(2L, 4L, 0L, 0L, 0L, 0L, 0L, 8L)));
        assertThat(figures.hungReads()).isEqualTo(1);
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

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatADaemonHadMountedThatIsGoneAtTheStartIsUnmounted(boolean shared) throws Exception {
        Layer layer = image(1);
        Daemons before = daemons(shared, RecoverPolicy.NONE);
        before.mount(List.of(layer));
        DaemonProcess process = process(before);
        process.handle().destroyForcibly();
        assertThat(process.awaitEnd(LIMIT)).isTrue();
        assertThat(mountsBelowRoot()).hasSize(1);

        Daemons after = daemons(shared, RecoverPolicy.RESTART);
        after.recover(List.of(layer));

        assertThat(mountsBelowRoot()).isEmpty();
        assertThat(layer.directory().resolve("nydusd")).doesNotExist();
    }

    private Daemons daemons(boolean shared, RecoverPolicy policy) {
        BlobCache cache = new BlobCache(root.resolve("cache"));
        Daemon.Environment environment =
                new Daemon.Environment(nydusd(policy), configs(), policy, prefetch, blocking, DaemonEvents.NONE);
        Daemons daemons =
                new Daemons(root, shared, new DaemonIds(InstantSource.system()), cache, Optional.empty(), environment);
        opened.add(daemons);
        return daemons;
    }

    private Nydusd nydusd(RecoverPolicy policy) {
        SnapshotterConfig.Daemon settings = new SnapshotterConfig.Daemon(
                program.toString(), root.resolve("nydusd.json"), policy, 0, 100, "resend", Duration.ZERO);
        return new Nydusd(settings, "info", logToFile, LIMIT, Optional.empty());
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

    /** Between the two there is none. */
    private boolean isAnother(Daemons daemons, DaemonProcess first) {
        Optional<DaemonProcess> now = daemons.all().iterator().next().process();
        now.ifPresent(seen::add);
        return now.filter(process -> process.pid() != first.pid()).isPresent();
    }

    private static String id(Daemons daemons) {
        return daemons.all().iterator().next().id();
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
