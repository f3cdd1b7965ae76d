package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.DirectoryTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found after the machine stopped: the database as it was written, directories as far as they were synced. */
class PowerCutTest {
    @TempDir
    Path dir;

    private final BlockingCalls blocking = new BlockingCalls();
    private Snapshotter snapshotter;

    @BeforeEach
    void start() throws IOException {
        snapshotter = open(dir.resolve("root"));
    }

    @AfterEach
    void stop() throws IOException {
        snapshotter.close();
        blocking.close();
    }

    @Test
    void whatACallAnsweredIsInTheFilesThen() throws IOException {
        snapshotter.prepare("a", "", Map.of("k", "v"));
        assertThat(afterwards("1").stat("a").labels()).isEqualTo(Map.of("k", "v"));
        snapshotter.commit("c", "a", Map.of("k", "w"), "");
        assertThat(afterwards("2").stat("c").kind()).isEqualTo(Kind.COMMITTED);
        snapshotter.update("c", Map.of("k", "x"), List.of());
        assertThat(afterwards("3").stat("c").labels()).isEqualTo(Map.of("k", "x"));
        snapshotter.prepare("b", "c", Map.of());
        assertThat(afterwards("4").usage("c")).isEqualTo(snapshotter.usage("c"));
        snapshotter.remove("b");
        snapshotter.remove("c");
        afterwards("5").walk(List.of(), page -> assertThat(page).isEmpty());
    }

    @Test
    void manyLabelsAreKept() throws IOException {
        Map<String, String> labels = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            labels.put("key " + i, "value " + i);
            snapshotter.prepare("a" + i, "", labels);
        }
        Snapshotter next = afterwards("1");
        for (int i = 0; i < 100; i++) {
            assertThat(next.stat("a" + i)).isEqualTo(snapshotter.stat("a" + i));
        }
    }

    /** Another snapshotter on the database's files as they are now, while ours still has them open. */
    private Snapshotter afterwards(String name) throws IOException {
        Path copy = Files.createDirectories(dir.resolve(name));
        for (String file : List.of("metadata.sqlite", "metadata.sqlite-wal")) {
            Files.copy(dir.resolve("root").resolve(file), copy.resolve(file));
        }
        try (Snapshotter next = open(copy)) {
            return next; // what it read stays readable
        }
    }

    @Test
    void theLogHasItsLengthFromTheStart() throws IOException {
        Path log = dir.resolve("root/metadata.sqlite-wal");
        long length = Files.size(log);
        for (int i = 0; i < 100; i++) {
            snapshotter.prepare("k" + i, "", Map.of("label", "v".repeat(1000)));
        }
        assertThat(Files.size(log)).isEqualTo(length);
    }

    @Test
    void directoriesThatDidNotReachTheDiskAreMadeAgain() throws IOException {
        snapshotter.prepare("l", "", Map.of());
        Path layer = directory("l").resolve("fs");
        Files.setPosixFilePermissions(layer, PosixFilePermissions.fromString("rwxr-x--x"));
        snapshotter.commit("layer", "l", Map.of(), "");
        List<Mount> mounts = snapshotter.prepare("a", "layer", Map.of());
        snapshotter.view("v", "layer", Map.of());
        Path active = directory("a");
        Path view = directory("v");
        DirectoryTree.delete(active);
        Files.move(view, view.resolveSibling("new-" + view.getFileName()));

        reopen();
        assertThat(snapshotter.mounts("a")).isEqualTo(mounts);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(active.resolve("fs"))))
                .isEqualTo("rwxr-x--x");
        assertThat(active.resolve("work")).exists();
        assertThat(view.resolve("fs")).exists();
        assertThat(view.resolve("work")).doesNotExist();
        assertThat(dir.resolve("root/snapshots")).isDirectoryNotContaining("glob:**/new-*");
    }

    @Test
    void contentThatIsGoneIsNotMadeUp() throws IOException {
        snapshotter.prepare("l", "", Map.of());
        Path layer = directory("l");
        snapshotter.commit("layer", "l", Map.of(), "");
        DirectoryTree.delete(layer);
        reopen();
        assertThat(layer).doesNotExist();
        assertThat(snapshotter.stat("layer").kind()).isEqualTo(Kind.COMMITTED);
    }

    private Path directory(String name) throws IOException {
        return dir.resolve("root/snapshots")
                .resolve(Long.toString(snapshotter.stat(name).id()));
    }

    private void reopen() throws IOException {
        snapshotter.close();
        snapshotter = open(dir.resolve("root"));
    }

    private Snapshotter open(Path root) throws IOException {
        return Snapshotter.open(root, new FakeProvider(), blocking, new Snapshotter.Options(false, false));
    }
}
