package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotterTest {
    private static final Map<String, String> NONE = Map.of();

    @TempDir
    Path dir;

    private final FakeProvider provider = new FakeProvider();
    private final BlockingCalls blocking = new BlockingCalls();
    private Path root;
    private Snapshotter snapshotter;

    @BeforeEach
    void open() throws IOException {
        root = dir.resolve("root").toAbsolutePath();
        snapshotter = Snapshotter.open(root, provider, blocking, new Snapshotter.Options(false, false));
    }

    @AfterEach
    void close() throws IOException {
        snapshotter.close();
        blocking.close();
    }

    @Test
    void aFailedStartLeavesNothingOpen() throws IOException {
        snapshotter.close();
        long before = writers();
        provider.onRecover = () -> {
            throw new IOException("no such backend");
        };

        assertThatThrownBy(() -> Snapshotter.open(root, provider, blocking, new Snapshotter.Options(false, false)))
                .hasMessage("no such backend");

        assertThat(writers()).isEqualTo(before);
        provider.onRecover = () -> {};
        snapshotter = Snapshotter.open(root, provider, blocking, new Snapshotter.Options(false, false));
    }

    private static long writers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("metadata-writer"))
                .count();
    }

    @Test
    void theFirstLayerIsABindMountOfItsOwnDirectory() throws IOException {
        assertThat(snapshotter.prepare("a", "", NONE))
                .containsExactly(new Mount("bind", fs("a"), List.of("rw", "rbind")));
        assertThat(snapshotter.view("v", "", NONE)).containsExactly(new Mount("bind", fs("v"), List.of("ro", "rbind")));
    }

    @Test
    void directoriesHaveTheModesThatOverlayfsNeeds() throws IOException {
        snapshotter.prepare("a", "", NONE);
        snapshotter.view("v", "", NONE);

        assertThat(mode(directory("a"))).isEqualTo("rwx------");
        assertThat(mode(directory("a").resolve("fs"))).isEqualTo("rwxr-xr-x");
        assertThat(mode(directory("a").resolve("work"))).isEqualTo("rwx--x--x");
        assertThat(directory("v").resolve("work")).doesNotExist();
        assertThat(mode(root)).isEqualTo("rwx------");
    }

    @Test
    void anOverlayListsTheNearestParentFirst() throws IOException {
        layer("one", "");
        layer("two", "one");

        Mount mount = snapshotter.prepare("a", "two", NONE).getFirst();

        List<String> options = new ArrayList<>(mount.options());
        options.remove("index=off");
        assertThat(mount.type()).isEqualTo("overlay");
        assertThat(mount.source()).isEqualTo("overlay");
        assertThat(options)
                .containsExactly(
                        "workdir=" + directory("a").resolve("work"),
                        "upperdir=" + fs("a"),
                        "lowerdir=" + fs("two") + ":" + fs("one"));
    }

    @Test
    void aViewOfOneLayerIsItsDirectoryReadOnly() throws IOException {
        layer("one", "");
        assertThat(snapshotter.view("v", "one", NONE))
                .containsExactly(new Mount("bind", fs("one"), List.of("ro", "rbind")));
    }

    @Test
    void mountsAreThoseThatPrepareAnswered() throws IOException {
        layer("one", "");
        layer("two", "one");
        assertThat(snapshotter.prepare("a", "two", NONE)).isEqualTo(snapshotter.mounts("a"));
    }

    @Test
    void theUpperDirectoryTakesOwnerAndModeOfWhatLiesBelow() throws IOException {
        snapshotter.prepare("a", "", NONE);
        Files.setPosixFilePermissions(Path.of(fs("a")), PosixFilePermissions.fromString("rwxr-x---"));
        snapshotter.commit("one", "a", NONE, "");
        snapshotter.prepare("b", "one", NONE);
        assertThat(mode(Path.of(fs("b")))).isEqualTo("rwxr-x---");
    }

    @Test
    void whatDoesNotExistIsNotFound() {
        refused(Code.NOT_FOUND, () -> snapshotter.stat("x"));
        refused(Code.NOT_FOUND, () -> snapshotter.mounts("x"));
        refused(Code.NOT_FOUND, () -> snapshotter.usage("x"));
        refused(Code.NOT_FOUND, () -> snapshotter.remove("x"));
        refused(Code.NOT_FOUND, () -> snapshotter.commit("y", "x", NONE, ""));
        refused(Code.NOT_FOUND, () -> snapshotter.prepare("a", "x", NONE));
        refused(Code.NOT_FOUND, () -> snapshotter.update("x", NONE, List.of()));
        assertThatThrownBy(() -> snapshotter.stat("x")).hasMessage("snapshot x does not exist: not found");
    }

    @Test
    void namesAreUnique() throws IOException {
        layer("one", "");
        snapshotter.prepare("a", "", NONE);
        refused(Code.ALREADY_EXISTS, () -> snapshotter.prepare("a", "", NONE));
        refused(Code.ALREADY_EXISTS, () -> snapshotter.view("one", "", NONE));
        refused(Code.ALREADY_EXISTS, () -> snapshotter.commit("one", "a", NONE, ""));
        assertThat(snapshotter.stat("a").kind()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void onlyCommittedSnapshotsAreParents() throws IOException {
        snapshotter.prepare("a", "", NONE);
        refused(Code.INVALID_ARGUMENT, () -> snapshotter.prepare("b", "a", NONE));
    }

    @Test
    void aFailedCallLeavesNoDirectory() throws IOException {
        refused(Code.NOT_FOUND, () -> snapshotter.prepare("a", "x", NONE));
        refused(
                Code.INVALID_ARGUMENT,
                () -> snapshotter.prepare("a", "", Map.of(FakeProvider.REMOTE, "", "broken", "")));
        provider.onAttach = () -> {
            throw new IOException("no device");
        };
        remote("r", "");
        assertThatThrownBy(() -> snapshotter.prepare("a", "r", NONE)).hasMessage("no device");

        assertThat(directories()).containsExactly(directory("r"));
        refused(Code.NOT_FOUND, () -> snapshotter.stat("a"));
    }

    @Test
    void aCommitReplacesLabelsAndTimes() throws IOException {
        snapshotter.prepare("a", "", Map.of("from", "prepare"));
        snapshotter.commit("c", "a", Map.of("by", "commit"), "");

        Snapshot committed = snapshotter.stat("c");
        assertThat(committed.labels()).containsExactly(Map.entry("by", "commit"));
        assertThat(committed.created()).isEqualTo(committed.updated());
        refused(Code.NOT_FOUND, () -> snapshotter.stat("a"));
    }

    @Test
    void viewsAndCommittedSnapshotsAreNotCommitted() throws IOException {
        layer("one", "");
        snapshotter.view("v", "one", NONE);
        refused(Code.FAILED_PRECONDITION, () -> snapshotter.commit("c", "v", NONE, ""));
        refused(Code.FAILED_PRECONDITION, () -> snapshotter.commit("c", "one", NONE, ""));
        refused(Code.FAILED_PRECONDITION, () -> snapshotter.mounts("one"));
    }

    @Test
    void aSnapshotWithoutParentMayGetOneAtCommit() throws IOException {
        layer("one", "");
        layer("two", "");
        snapshotter.prepare("a", "", NONE);
        refused(Code.NOT_FOUND, () -> snapshotter.commit("c", "a", NONE, "x"));
        snapshotter.commit("c", "a", NONE, "one");
        assertThat(snapshotter.stat("c").parent()).isEqualTo("one");

        snapshotter.prepare("b", "one", NONE);
        refused(Code.INVALID_ARGUMENT, () -> snapshotter.commit("d", "b", NONE, "two"));
        snapshotter.commit("d", "b", NONE, "one");
    }

    @Test
    void parentsStayUntilTheirChildrenAreGone() throws IOException {
        layer("one", "");
        snapshotter.prepare("a", "one", NONE);
        refused(Code.FAILED_PRECONDITION, () -> snapshotter.remove("one"));
        assertThatThrownBy(() -> snapshotter.remove("one")).hasMessageContaining("remove");
        snapshotter.remove("a");
        snapshotter.remove("one");
        assertThat(directories()).isEmpty();
    }

    @Test
    void idsAreNeverGivenAgain() throws IOException {
        snapshotter.prepare("a", "", NONE);
        long first = snapshotter.stat("a").id();
        snapshotter.remove("a");
        reopen();
        snapshotter.prepare("a", "", NONE);
        assertThat(snapshotter.stat("a").id()).isGreaterThan(first);
        snapshotter.commit("c", "a", NONE, "");
        assertThat(directories()).containsExactly(directory("c"));
    }

    @Test
    void labelsAreUpdatedByFieldMask() throws IOException {
        snapshotter.prepare("a", "", Map.of("x", "1", "y.z", "2", "k", "v"));

        assertThat(snapshotter
                        .update("a", Map.of("n", "3"), List.of("labels.n", "labels.x"))
                        .labels())
                .isEqualTo(Map.of("n", "3", "y.z", "2", "k", "v"));
        assertThat(snapshotter.update("a", Map.of(), List.of("labels.y.z")).labels())
                .isEqualTo(Map.of("n", "3", "k", "v"));
        assertThat(snapshotter.update("a", Map.of("q", "4"), List.of("labels")).labels())
                .isEqualTo(Map.of("q", "4"));
        assertThat(snapshotter.update("a", Map.of(), List.of()).labels()).isEmpty();
        refused(Code.INVALID_ARGUMENT, () -> snapshotter.update("a", NONE, List.of("parent")));
    }

    @Test
    void anUpdateChangesTheTimeOfUpdateAlone() throws IOException {
        snapshotter.prepare("a", "", NONE);
        Snapshot before = snapshotter.stat("a");
        Snapshot after = snapshotter.update("a", Map.of("x", "1"), List.of());
        assertThat(after.created()).isEqualTo(before.created());
        assertThat(after.updated()).isAfter(before.updated());
    }

    @Test
    void aWalkComesInPagesOfAHundred() throws IOException {
        for (int i = 0; i < 250; i++) {
            snapshotter.prepare("k" + i, "", i % 2 == 0 ? Map.of("even", "yes") : NONE);
        }
        List<Integer> sizes = new ArrayList<>();
        snapshotter.walk(List.of(), page -> sizes.add(page.size()));
        assertThat(sizes).containsExactly(100, 100, 50);
        sizes.clear();
        snapshotter.walk(List.of("labels.even"), page -> sizes.add(page.size()));
        assertThat(sizes).containsExactly(100, 25);
    }

    @Test
    void aWalkOverNothingIsEmpty() throws IOException {
        snapshotter.walk(List.of(), page -> assertThat(page).isNull());
    }

    @Test
    void usageCountsBlocksAndInodesOnce() throws IOException {
        snapshotter.prepare("a", "", NONE);
        Usage before = snapshotter.usage("a");
        Path file = Files.write(Path.of(fs("a"), "Főtanúsítvány"), new byte[1 << 20]);
        Files.createLink(Path.of(fs("a"), "link"), file);
        Usage after = snapshotter.usage("a");
        assertThat(after.inodes() - before.inodes()).isEqualTo(1);
        assertThat(after.size() - before.size()).isBetween(1L << 20, (1L << 20) + 65536);

        snapshotter.commit("c", "a", NONE, "");
        Files.delete(file);
        assertThat(snapshotter.usage("c")).isEqualTo(after);
    }

    @Test
    void cleanupRemovesWhatBelongsToNoSnapshot() throws IOException {
        layer("one", "");
        Files.createDirectories(root.resolve("snapshots/new-123/fs/sub"));
        Files.createDirectories(root.resolve("snapshots/999999/fs"));
        Files.createSymbolicLink(root.resolve("snapshots/999999/out"), dir);
        snapshotter.cleanup();
        assertThat(directories()).containsExactly(directory("one"));
        assertThat(dir).exists();
    }

    @Test
    void asynchronousRemovalLeavesDirectoriesToCleanup() throws IOException {
        snapshotter.close();
        snapshotter = Snapshotter.open(root, provider, blocking, new Snapshotter.Options(true, false));
        snapshotter.prepare("a", "", NONE);
        Path directory = directory("a");
        snapshotter.remove("a");
        assertThat(directory).exists();
        snapshotter.cleanup();
        assertThat(directory).doesNotExist();
    }

    @Test
    void aCompleteLayerIsCommittedAtOnceAndAnsweredAsExisting() throws IOException {
        refused(Code.ALREADY_EXISTS, () -> snapshotter.prepare("x", "", remoteLabels("r")));
        assertThatThrownBy(() -> snapshotter.prepare("x", "", remoteLabels("r")))
                .hasMessage("target snapshot \"r\": already exists");

        Snapshot remote = snapshotter.stat("r");
        assertThat(remote.kind()).isEqualTo(Kind.COMMITTED);
        assertThat(remote.labels()).containsEntry("taken", "yes").containsEntry(FakeProvider.REF, "r");
        assertThat(directory("r").resolve("spec")).hasContent("layers 1");
        refused(Code.NOT_FOUND, () -> snapshotter.stat("x"));
    }

    @Test
    void aContainerOnAClaimedLayerHasOneLowerDirectory() throws IOException {
        remote("r1", "");
        remote("r2", "r1");
        Mount mount = snapshotter.prepare("c", "r2", NONE).getFirst();
        assertThat(mount.options()).contains("lowerdir=" + directory("r2").resolve("mountpoint"));
        assertThat(snapshotter.view("v", "r2", NONE))
                .containsExactly(
                        new Mount("bind", directory("r2").resolve("mountpoint").toString(), List.of("ro", "rbind")));
        assertThat(provider.attached).containsExactly(snapshotter.stat("r2").id());
    }

    @Test
    void ordinaryLayersOnAClaimedOneShowBoth() throws IOException {
        remote("r", "");
        layer("top", "r");
        Mount mount = snapshotter.prepare("c", "top", NONE).getFirst();
        assertThat(mount.options())
                .contains("lowerdir=" + fs("top") + ":" + directory("r").resolve("mountpoint"));
    }

    @Test
    void aLayerToUnpackIsABindMountOfItsDirectoryWhateverLiesBelow() throws IOException {
        remote("r", "");
        List<Mount> mounts = snapshotter.prepare("u", "r", Map.of(FakeProvider.UNPACKED, ""));
        assertThat(mounts).containsExactly(new Mount("bind", fs("u"), List.of("rw", "bind")));
        assertThat(snapshotter.mounts("u")).isEqualTo(mounts);
        assertThat(provider.attached).isEmpty();
        snapshotter.commit("c", "u", NONE, "");
        assertThat(snapshotter.stat("c").layer()).isEqualTo(FakeProvider.UNPACKED);
        assertThat(snapshotter.stat("c").labels()).containsEntry("sealed", "yes");
    }

    @Test
    void theProviderSaysHowASnapshotOfItsIsSeen() throws IOException {
        remote("r", "");
        List<Mount> mounts = snapshotter.prepare("w", "r", Map.of(FakeProvider.SHOWN, ""));
        assertThat(mounts)
                .singleElement()
                .satisfies(mount -> assertThat(mount.type()).isEqualTo("fake"));
        provider.attached.clear(); // a reboot
        assertThat(snapshotter.mounts("w")).isEqualTo(mounts);
        assertThat(provider.attached).isNotEmpty();
        snapshotter.remove("w");
        assertThat(provider.attached).isEmpty();
    }

    @Test
    void aSnapshotThatCannotBeShownLeavesNothing() throws IOException {
        provider.onShow = () -> {
            throw new IOException("no device");
        };
        assertThatThrownBy(() -> snapshotter.prepare("w", "", Map.of(FakeProvider.SHOWN, "")))
                .hasMessage("no device");
        assertThatThrownBy(() -> snapshotter.stat("w")).hasMessageContaining("does not exist");
        assertThat(directories()).isEmpty();
    }

    @Test
    void removalDetaches() throws IOException {
        remote("r", "");
        snapshotter.prepare("c", "r", NONE);
        snapshotter.remove("c");
        assertThat(provider.attached).isNotEmpty();
        snapshotter.remove("r");
        assertThat(provider.attached).isEmpty();
        assertThat(directories()).isEmpty();
    }

    @Test
    void aLayerIsDetachedWithTheLastSnapshotThatShowsIt() throws IOException {
        snapshotter.close();
        snapshotter = Snapshotter.open(root, provider, blocking, new Snapshotter.Options(false, true));
        remote("r", "");
        layer("top", "r");
        snapshotter.prepare("c1", "r", NONE);
        snapshotter.prepare("c2", "top", NONE);
        snapshotter.view("v", "r", NONE);

        snapshotter.remove("c1");
        snapshotter.remove("v");
        assertThat(provider.attached).isNotEmpty();
        snapshotter.remove("c2");
        assertThat(provider.attached).isEmpty();
        assertThat(snapshotter.stat("r").kind()).isEqualTo(Kind.COMMITTED);
    }

    @Test
    void callsDoNotWaitForTheAttachOfAnother() throws Exception {
        remote("r", "");
        CountDownLatch attaching = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        provider.onAttach = () -> {
            attaching.countDown();
            awaitQuietly(goOn);
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<List<Mount>> slow = threads.submit(() -> snapshotter.prepare("slow", "r", NONE));
            assertThat(attaching.await(10, TimeUnit.SECONDS)).isTrue();

            layer("other", "");
            snapshotter.cleanup();
            snapshotter.remove("other");
            Future<?> removal = threads.submit(() -> {
                snapshotter.remove("r");
                return null;
            });
            assertThat(slow).isNotDone();
            assertThat(removal).isNotDone();

            goOn.countDown();
            assertThat(slow.get(10, TimeUnit.SECONDS)).hasSize(1);
            assertThatThrownBy(() -> removal.get(10, TimeUnit.SECONDS)).hasMessageContaining("with child");
        }
        assertThat(provider.attached).isNotEmpty();
    }

    @Test
    void parallelCallsKeepTheRecordsConsistent() throws Exception {
        layer("base", "");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                String name = "p" + i;
                calls.add(threads.submit(() -> {
                    snapshotter.prepare(name, "base", NONE);
                    snapshotter.commit(name + "-c", name, NONE, "");
                    snapshotter.remove(name + "-c");
                    return null;
                }));
            }
            for (Future<?> call : calls) {
                call.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(directories()).containsExactly(directory("base"));
    }

    @Test
    void ofManyCallsWithOneKeyOneSucceeds() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Mount>>> calls = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                calls.add(threads.submit(() -> snapshotter.prepare("same", "", NONE)));
            }
            int succeeded = 0;
            for (Future<List<Mount>> call : calls) {
                try {
                    call.get(30, TimeUnit.SECONDS);
                    succeeded++;
                } catch (java.util.concurrent.ExecutionException e) {
                    assertThat(e).hasMessageContaining("already exists");
                }
            }
            assertThat(succeeded).isEqualTo(1);
        }
        assertThat(directories()).containsExactly(directory("same"));
    }

    @Test
    void aRootIsUsedByOneSnapshotterAtATime() {
        assertThatThrownBy(() -> Snapshotter.open(root, provider, blocking, new Snapshotter.Options(false, false)))
                .hasMessageContaining("another snapshotter works on this directory");
    }

    @Test
    void theRootOfAnotherSnapshotterIsRefused() throws IOException {
        Path theirs =
                Files.createDirectories(dir.resolve("theirs/snapshots/1/fs")).getParent();
        Files.createFile(dir.resolve("theirs/metadata.db"));
        assertThatThrownBy(() -> Snapshotter.open(
                        dir.resolve("theirs"), provider, blocking, new Snapshotter.Options(false, false)))
                .hasMessageContaining("belongs to another snapshotter")
                .hasMessageContaining("remove the containers and images that use it");
        assertThat(theirs).exists();
    }

    @Test
    void aRootThatAnotherSnapshotterHasUsedSinceIsRefused() throws IOException {
        snapshotter.prepare("ours", "", Map.of());
        snapshotter.close();
        Path theirs = Files.createDirectories(root.resolve("snapshots/77/fs"));
        Path records = root.resolve("metadata.db");
        assertThat(records).isDirectory();
        Files.delete(records);
        Files.createFile(records);

        assertThatThrownBy(() -> Snapshotter.open(root, provider, blocking, new Snapshotter.Options(false, false)))
                .hasMessageContaining("holds metadata.db beside our metadata.sqlite")
                .hasMessageContaining("remove the containers and images that use it");
        assertThat(theirs).exists();

        Files.delete(records);
        snapshotter = Snapshotter.open(root, provider, blocking, new Snapshotter.Options(false, false));
        assertThat(snapshotter.stat("ours").kind()).isEqualTo(Kind.ACTIVE);
        assertThat(theirs).doesNotExist();
    }

    @Test
    void aRootThatIsALinkToNothingIsNamed() throws IOException {
        Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("nowhere"));

        assertThatThrownBy(() -> Snapshotter.open(link, provider, blocking, new Snapshotter.Options(false, false)))
                .hasMessage(link + " is a link to what is not there");
    }

    @Test
    void aDamagedDatabaseIsNamed() throws IOException {
        Path broken = Files.createDirectories(dir.resolve("broken"));
        Files.writeString(broken.resolve("metadata.sqlite"), "this is no database, whatever its name says ".repeat(30));
        assertThatThrownBy(() -> Snapshotter.open(broken, provider, blocking, new Snapshotter.Options(false, false)))
                .hasMessageContaining(broken.resolve("metadata.sqlite").toString());
    }

    private void layer(String name, String parent) throws IOException {
        snapshotter.prepare(name + "-tmp", parent, NONE);
        snapshotter.commit(name, name + "-tmp", NONE, "");
    }

    private void remote(String name, String parent) {
        refused(Code.ALREADY_EXISTS, () -> snapshotter.prepare(name + "-x", parent, remoteLabels(name)));
    }

    private static Map<String, String> remoteLabels(String name) {
        return Map.of(FakeProvider.REMOTE, "", FakeProvider.REF, name);
    }

    private void reopen() throws IOException {
        snapshotter.close();
        snapshotter = Snapshotter.open(root, provider, blocking, new Snapshotter.Options(false, false));
    }

    private Path directory(String name) throws IOException {
        return root.resolve("snapshots")
                .resolve(Long.toString(snapshotter.stat(name).id()));
    }

    private String fs(String name) throws IOException {
        return directory(name).resolve("fs").toString();
    }

    private List<Path> directories() throws IOException {
        try (Stream<Path> entries = Files.list(root.resolve("snapshots"))) {
            return entries.toList();
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void refused(Code code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SnapshotException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
