package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.LayerAnnotations;
import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.Snapshot;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.Snapshotter;
import io.obd.snapshotter.Checkpoint.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The process dies after each step that remote, writable and ordinary layers take in their lives, and with it, in one of
 * two forms, the machine: mounts and devices are gone then. What the next process finds agrees with the records.
 */
class CrashTest {
    private static final Map<String, String> DIR = Map.of(Labels.WRITABLE, "dir");
    private static final Map<String, String> DEV = Map.of(Labels.WRITABLE, "dev");
    private static final Map<String, String> TRACED =
            Map.of(Labels.RECORD_TRACE, "yes", Labels.RECORD_TRACE_PATH, "/tmp/trace");
    private static final Map<String, String> LAYER = Map.of(
            Labels.REF, "image",
            Labels.IMAGE_REF, "localhost:5000/app:1",
            LayerAnnotations.BLOB_DIGEST, "sha256:" + "1".repeat(64),
            LayerAnnotations.BLOB_SIZE, "4096");

    /** An error, so that no handler in between tidies up, as none would after kill -9. */
    private static final class Crash extends Error {
        Crash() {
            super("killed");
        }
    }

    @TempDir
    static Path shared;

    private static LoopDisk disk;

    @TempDir
    Path temporary;

    private final BlockingCalls blocking = new BlockingCalls();
    private final Mounts mounts = new Mounts();
    private final List<Step> steps = new ArrayList<>();
    private int deadly;
    private TestLayers layers;
    private FakeBackend backend;

    @BeforeAll
    static void makeDisk() throws Exception {
        disk = LoopDisk.empty(shared, 8 << 20);
    }

    @AfterAll
    static void removeDisk() throws IOException {
        if (disk != null) {
            disk.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        layers = TestLayers.in(temporary.toRealPath(), blocking);
        Files.createDirectories(layers.tools());
        tool("overlaybd-create", "touch \"$1\" \"$2\"");
        tool("overlaybd-commit", "true");
        backend = new FakeBackend(layers.backend(), disk.path().toString());
    }

    private void tool(String name, String script) throws IOException {
        Path file = layers.tools().resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void stop() throws IOException {
        unmountAll();
        backend.close();
        blocking.close();
    }

    private void unmountAll() throws IOException {
        for (Mount left : MountTable.read().below(layers.root())) {
            mounts.unmount(left.target());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mountsAndDevicesAgreeWithTheRecordsAfterACrashAtAnyStep(boolean reboot) throws IOException {
        deadly = Integer.MAX_VALUE;
        try (Snapshotter undisturbed = open()) {
            live(undisturbed);
        }
        assertNothingIsThere();
        List<Step> all = List.copyOf(steps);
        assertThat(all).containsAll(EnumSet.allOf(Step.class));

        Set<List<Step>> seen = new HashSet<>();
        for (int last = 1; last <= all.size(); last++) {
            if (!seen.add(all.subList(Math.max(0, last - 2), last))) {
                continue; // the same has been tried at an earlier place
            }
            deadly = last;
            steps.clear();
            String when = "killed after step " + last + ", " + all.get(last - 1);
            try (Snapshotter first = open()) {
                assertThatThrownBy(() -> live(first)).as(when).isInstanceOf(Crash.class);
            }
            deadly = Integer.MAX_VALUE;
            if (reboot) {
                unmountAll();
                backend.attached.clear();
            }
            try (Snapshotter second = open()) {
                checkState(second, when);
                useAndRemove(second, when);
            }
            assertNothingIsThere();
        }
    }

    /** Writable layers first: they make the file system that is mounted as an image later. */
    private static void live(Snapshotter snapshotter) throws IOException {
        snapshotter.prepare("w", "", DIR);
        snapshotter.commit("committed", "w", DIR, "");
        snapshotter.prepare("on-committed", "committed", Map.of());
        snapshotter.remove("on-committed");
        snapshotter.remove("committed");
        snapshotter.prepare("d", "", DEV);
        snapshotter.mounts("d");
        snapshotter.remove("d");
        try {
            snapshotter.prepare("extract", "", LAYER);
        } catch (SnapshotException e) {
            assertThat(e).hasMessageContaining("already exists");
        }
        snapshotter.prepare("c", "image", Map.of());
        snapshotter.update("c", Map.of("k", "v"), List.of());
        snapshotter.view("v", "image", Map.of());
        snapshotter.cleanup();
        snapshotter.remove("c");
        snapshotter.remove("v");
        snapshotter.prepare("t", "image", TRACED);
        snapshotter.remove("t");
        snapshotter.remove("image");
    }

    private void checkState(Snapshotter snapshotter, String when) throws IOException {
        Set<String> ids = new HashSet<>();
        for (Snapshot snapshot : all(snapshotter)) {
            ids.add(Long.toString(snapshot.id()));
            if (!snapshot.layer().equals(Layer.ORDINARY)) {
                Path directory = layers.root().resolve("snapshots/" + snapshot.id());
                boolean marked = Files.exists(directory.resolve("block/backstore_mark"));
                assertThat(backend.attached.contains("7-" + snapshot.id()))
                        .as("%s: %s is attached, as its mark says", when, snapshot.name())
                        .isEqualTo(marked && !unattached(snapshot));
            }
        }
        assertThat(directories()).as(when).isEqualTo(ids);
        assertThat(backend.attached).as(when).allSatisfy(id -> assertThat(ids).contains(id.substring(2)));
        for (Mount mount : MountTable.read().below(layers.root())) {
            assertThat(ids)
                    .as("%s: %s", when, mount.target())
                    .contains(layers.root()
                            .resolve("snapshots")
                            .relativize(mount.target())
                            .getName(0)
                            .toString());
        }
    }

    /** A device that its caller mounts is not looked for at the start: a reboot may have taken it. */
    private boolean unattached(Snapshot snapshot) {
        return snapshot.layer().equals(LayerType.WRITABLE_DEV.word()) && backend.attached.isEmpty();
    }

    /** What was prepared can be used, what was begun can be ended, everything can be removed. */
    private static void useAndRemove(Snapshotter snapshotter, String when) throws IOException {
        List<String> leavesFirst = new ArrayList<>();
        for (Snapshot snapshot : all(snapshotter)) {
            String name = snapshot.name();
            if (snapshot.kind() == Kind.COMMITTED) {
                leavesFirst.addLast(name);
            } else {
                leavesFirst.addFirst(use(snapshotter, name, when));
            }
        }
        for (String name : leavesFirst) {
            snapshotter.remove(name);
        }
    }

    private static String use(Snapshotter snapshotter, String name, String when) throws IOException {
        try {
            assertThat(snapshotter.mounts(name)).as(when).hasSize(1);
            return name;
        } catch (SnapshotException e) {
            assertThat(e).as(when).hasMessageContaining("a commit of " + name + " was begun");
            snapshotter.commit("committed", name, DIR, "");
            return "committed";
        }
    }

    private static List<Snapshot> all(Snapshotter snapshotter) throws IOException {
        List<Snapshot> all = new ArrayList<>();
        snapshotter.walk(List.of(), all::addAll);
        return all;
    }

    private void assertNothingIsThere() throws IOException {
        assertThat(directories()).isEmpty();
        assertThat(backend.attached).isEmpty();
        assertThat(MountTable.read().below(layers.root())).isEmpty();
    }

    private Set<String> directories() throws IOException {
        try (Stream<Path> entries = Files.list(layers.root().resolve("snapshots"))) {
            Set<String> names = new HashSet<>();
            entries.forEach(path -> names.add(path.getFileName().toString()));
            return names;
        }
    }

    private Snapshotter open() throws IOException {
        Checkpoint checkpoint = step -> {
            steps.add(step);
            if (steps.size() == deadly) {
                throw new Crash();
            }
        };
        return Snapshotter.open(
                layers.root(), layers.provider(checkpoint), blocking, new Snapshotter.Options(false, false));
    }
}
