package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls at the same time: none waits for another's device, for a reader or for the removal of something else. */
class ParallelCallsTest {
    private static final Map<String, String> NONE = Map.of();
    private static final int LIMIT_SECONDS = 60;

    @TempDir
    Path dir;

    private final FakeProvider provider = new FakeProvider();
    private final BlockingCalls blocking = new BlockingCalls();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private Snapshotter snapshotter;

    @BeforeEach
    void open() throws IOException {
        snapshotter = Snapshotter.open(dir.resolve("root"), provider, blocking, new Snapshotter.Options(true, false));
    }

    @AfterEach
    void close() throws IOException {
        goOn.countDown();
        threads.close();
        snapshotter.close();
        blocking.close();
    }

    @Test
    void aHundredPreparesGoOnWhileOneAttachHangs() throws Exception {
        remote("hanging");
        remote("healthy");
        layer("plain");
        CountDownLatch attaching = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        provider.onAttach = () -> {
            if (first.getAndSet(false)) {
                attaching.countDown();
                awaitQuietly(goOn);
            }
        };
        Future<List<Mount>> slow = threads.submit(() -> snapshotter.prepare("slow", "hanging", NONE));
        assertThat(attaching.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();

        all(100, i -> {
            snapshotter.prepare("p" + i, i % 2 == 0 ? "healthy" : "plain", NONE);
            snapshotter.mounts("p" + i);
            snapshotter.stat("hanging");
            snapshotter.update("p" + i, Map.of("k", "v"), List.of());
            snapshotter.commit("c" + i, "p" + i, NONE, "");
            snapshotter.remove("c" + i);
            snapshotter.cleanup();
            return i;
        });
        assertThat(slow).isNotDone();
        goOn.countDown();
        assertThat(slow.get(LIMIT_SECONDS, TimeUnit.SECONDS)).hasSize(1);
    }

    @Test
    void aSnapshotIsCommittedOnce() throws Exception {
        snapshotter.prepare("a", "", NONE);
        AtomicInteger commits = new AtomicInteger();
        CountDownLatch committing = new CountDownLatch(1);
        provider.onCommit = () -> {
            commits.incrementAndGet();
            committing.countDown();
            awaitQuietly(goOn);
        };
        Future<?> first = threads.submit(() -> {
            snapshotter.commit("one", "a", NONE, "");
            return null;
        });
        assertThat(committing.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        FutureTask<String> second = new FutureTask<>(() -> {
            snapshotter.commit("two", "a", NONE, "");
            return "committed";
        });
        Thread thread = Thread.ofPlatform().start(second);
        awaitWaiting(thread);

        goOn.countDown();

        first.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThatThrownBy(() -> second.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("snapshot a does not exist");
        assertThat(commits).hasValue(1);
    }

    @Test
    void aNameIsForTheFirstWhoIsDone() throws Exception {
        remote("hanging");
        snapshotter.prepare("a", "", NONE);
        snapshotter.prepare("b", "", NONE);
        CountDownLatch underWay = new CountDownLatch(2);
        AtomicInteger commits = new AtomicInteger();
        provider.onAttach = () -> {
            underWay.countDown();
            awaitQuietly(goOn);
        };
        provider.onCommit = () -> {
            if (commits.incrementAndGet() == 1) {
                underWay.countDown();
                awaitQuietly(goOn);
            }
        };
        Future<?> prepare = threads.submit(() -> snapshotter.prepare("active", "hanging", NONE));
        Future<?> commit = threads.submit(() -> {
            snapshotter.commit("committed", "a", NONE, "");
            return null;
        });
        assertThat(underWay.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        snapshotter.prepare("active", "", NONE);
        snapshotter.commit("committed", "b", NONE, "");

        goOn.countDown();

        assertThatThrownBy(() -> prepare.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("snapshot active: already exists");
        assertThatThrownBy(() -> commit.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("snapshot committed: already exists");
        assertThat(snapshotter.stat("active").parent()).isEmpty();
        assertThat(snapshotter.stat("a").kind()).isEqualTo(Kind.ACTIVE);
    }

    /** For the other one, in whatever way. */
    private static void awaitWaiting(Thread thread) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
            assertThat(System.nanoTime()).as("time is up").isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    @Test
    void aSnapshotThatGetsAYoungerParentIsCommittedBesideTheOthersOfBoth() throws Exception {
        for (int i = 0; i < 20; i++) {
            snapshotter.prepare("old" + i, "", NONE);
        }
        for (int i = 0; i < 20; i++) {
            layer("young" + i);
        }
        all(20, i -> {
            snapshotter.commit("c" + i, "old" + i, NONE, "young" + i);
            snapshotter.prepare("p" + i, "young" + i, NONE);
            snapshotter.prepare("q" + i, "c" + i, NONE);
            return i;
        });
        assertThat(snapshotter.stat("c7").parent()).isEqualTo("young7");
    }

    @Test
    void aWalkThatTakesItsTimeHoldsNobodyUp() throws Exception {
        for (int i = 0; i < 150; i++) {
            snapshotter.prepare("kept" + i, "", NONE);
        }
        CountDownLatch reading = new CountDownLatch(1);
        List<String> seen = new ArrayList<>();
        Future<?> walk = threads.submit(() -> {
            snapshotter.walk(List.of(), page -> {
                reading.countDown();
                awaitQuietly(goOn);
                page.forEach(snapshot -> seen.add(snapshot.name()));
            });
            return null;
        });
        assertThat(reading.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();

        all(20, i -> {
            snapshotter.prepare("w" + i, "", NONE);
            snapshotter.commit("d" + i, "w" + i, NONE, "");
            snapshotter.remove("d" + i);
            return i;
        });
        assertThat(walk).isNotDone();
        goOn.countDown();
        walk.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(seen).hasSize(150);
    }

    @Test
    void aFilteredWalkFindsWhatStaysWhileOthersComeAndGo() throws Exception {
        Set<String> kept = new HashSet<>();
        for (int i = 0; i < 250; i++) {
            snapshotter.prepare("kept" + i, "", Map.of("containerd.io/snapshot.ref", "wanted"));
            kept.add("kept" + i);
        }
        AtomicBoolean writing = new AtomicBoolean(true);
        Future<?> writer = threads.submit(() -> {
            for (int i = 0; writing.get(); i++) {
                snapshotter.prepare("other" + i, "", Map.of("containerd.io/snapshot.ref", "other"));
                snapshotter.commit("done" + i, "other" + i, NONE, "");
                snapshotter.remove("done" + i);
            }
            return null;
        });
        for (int round = 0; round < 50; round++) {
            List<String> found = new ArrayList<>();
            snapshotter.walk(List.of("labels.\"containerd.io/snapshot.ref\"==wanted"), page -> {
                assertThat(page.size()).isLessThanOrEqualTo(100);
                page.forEach(snapshot -> found.add(snapshot.name()));
            });
            assertThat(found).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(kept);
        }
        writing.set(false);
        writer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void cleanupsBesideOtherCallsRemoveNothingThatIsNeeded() throws Exception {
        all(64, i -> {
            snapshotter.prepare("gone" + i, "", NONE);
            snapshotter.cleanup();
            snapshotter.prepare("kept" + i, "", NONE);
            snapshotter.remove("gone" + i);
            snapshotter.cleanup();
            snapshotter.commit("layer" + i, "kept" + i, NONE, "");
            return i;
        });
        snapshotter.cleanup();
        Set<String> ids = new HashSet<>();
        snapshotter.walk(List.of(), page -> page.forEach(snapshot -> ids.add(Long.toString(snapshot.id()))));
        assertThat(ids).hasSize(64);
        try (Stream<Path> left = Files.list(dir.resolve("root/snapshots"))) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactlyInAnyOrderElementsOf(ids);
        }
        for (String id : ids) {
            assertThat(dir.resolve("root/snapshots").resolve(id).resolve("fs")).exists();
        }
    }

    private interface Work {
        int on(int i) throws IOException;
    }

    /** Runs all at once and waits for them. */
    private void all(int count, Work work) throws Exception {
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            calls.add(() -> work.on(number));
        }
        for (Future<Integer> call : threads.invokeAll(calls, LIMIT_SECONDS, TimeUnit.SECONDS)) {
            call.get();
        }
    }

    private void layer(String name) throws IOException {
        snapshotter.prepare(name + "-tmp", "", NONE);
        snapshotter.commit(name, name + "-tmp", NONE, "");
    }

    private void remote(String name) throws IOException {
        try {
            snapshotter.prepare(name + "-x", "", Map.of(FakeProvider.REMOTE, "", FakeProvider.REF, name));
        } catch (SnapshotException e) {
            assertThat(e.code()).isEqualTo(SnapshotException.Code.ALREADY_EXISTS);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
