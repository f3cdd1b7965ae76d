package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.snapshots.Checkpoint.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The process dies after each step of each call; what the next one finds is consistent and can be used. */
class CrashTest {
    /** An error, so that no handler in between tidies up, as none would after kill -9. */
    private static final class Crash extends Error {
        Crash() {
            super("killed");
        }
    }

    @TempDir
    Path dir;

    private final FakeProvider provider = new FakeProvider();
    private Step deadly = Step.ID_RESERVED;
    private boolean armed;

    @ParameterizedTest
    @EnumSource
    void aCrashLeavesAConsistentState(Step step) throws IOException {
        Path root = dir.resolve("root");
        deadly = step;
        Snapshotter first = open(root);
        first.prepare("kept-tmp", "", Map.of());
        first.commit("kept", "kept-tmp", Map.of(), "");
        armed = true;
        assertThatThrownBy(() -> liveAndDie(first)).isInstanceOf(Crash.class);
        armed = false;
        first.close(); // what the kernel does: descriptors and locks are gone

        try (Snapshotter second = open(root)) {
            Set<String> names = new HashSet<>();
            Set<String> ids = new HashSet<>();
            Set<Long> claimed = new HashSet<>();
            second.walk(
                    List.of(),
                    page -> page.forEach(snapshot -> {
                        names.add(snapshot.name());
                        ids.add(Long.toString(snapshot.id()));
                        if (!snapshot.layer().equals(Layer.ORDINARY)) {
                            claimed.add(snapshot.id());
                        }
                    }));
            assertThat(directories(root)).isEqualTo(ids);
            assertThat(names).contains("kept");
            assertThat(provider.recovered).isEqualTo(claimed);
            for (long id : claimed) {
                assertThat(root.resolve("snapshots/" + id + "/spec")).exists();
            }
            // Everything can be done that was not done yet, by the same names.
            for (String name : names) {
                if (!name.equals("kept")) {
                    second.remove(name);
                }
            }
            liveAndDie(second);
            assertThat(second.stat("c").id())
                    .isGreaterThan(ids.stream().mapToLong(Long::parseLong).max().orElse(0));
        }
    }

    private static void liveAndDie(Snapshotter snapshotter) throws IOException {
        try {
            snapshotter.prepare("x", "", Map.of(FakeProvider.REMOTE, "", FakeProvider.REF, "remote"));
        } catch (SnapshotException e) {
            assertThat(e).hasMessageContaining("already exists");
        }
        snapshotter.prepare("w", "kept", Map.of(FakeProvider.SHOWN, ""));
        snapshotter.remove("w");
        snapshotter.prepare("a", "kept", Map.of());
        snapshotter.commit("c", "a", Map.of(), "");
        snapshotter.remove("remote");
        snapshotter.stat("c");
    }

    private Snapshotter open(Path root) throws IOException {
        return Snapshotter.open(
                root, provider, new BlockingCalls(), new Snapshotter.Options(false, false), Clock.systemUTC(), step -> {
                    if (armed && step == deadly) {
                        throw new Crash();
                    }
                });
    }

    private static Set<String> directories(Path root) throws IOException {
        try (Stream<Path> entries = Files.list(root.resolve("snapshots"))) {
            Set<String> names = new HashSet<>();
            entries.forEach(path -> names.add(path.getFileName().toString()));
            return names;
        }
    }
}
