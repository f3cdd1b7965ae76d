package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is seen through the mounts: the kernel's overlayfs is the judge. */
class MountedSnapshotsTest {
    @TempDir
    Path dir;

    private final BlockingCalls blocking = new BlockingCalls();
    private final Mounts mounts = new Mounts();
    private Snapshotter snapshotter;
    private Path seen;

    private interface Change {
        void on(Path root) throws IOException;
    }

    @BeforeEach
    void open() throws IOException {
        assumeTrue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0, "needs root to mount");
        assumeTrue(Files.readString(Path.of("/proc/filesystems")).contains("overlay"), "needs overlayfs");
        snapshotter =
                Snapshotter.open(dir.resolve("r"), new FakeProvider(), blocking, new Snapshotter.Options(false, false));
        seen = Files.createDirectory(dir.toRealPath().resolve("seen"));
    }

    @AfterEach
    void close() throws IOException {
        for (io.obd.linux.Mount left : MountTable.read().below(dir.toRealPath())) {
            mounts.unmount(left.target());
        }
        if (snapshotter != null) {
            snapshotter.close();
        }
        blocking.close();
    }

    @Test
    void upperLayersChangeAddAndDelete() throws IOException {
        layer("one", "", root -> {
            Files.writeString(root.resolve("kept"), "1");
            Files.writeString(root.resolve("changed"), "1");
            Files.writeString(root.resolve("deleted"), "1");
            Files.writeString(Files.createDirectory(root.resolve("gone")).resolve("in"), "1");
        });
        layer("two", "one", root -> {
            Files.writeString(root.resolve("changed"), "2");
            Files.writeString(root.resolve("added"), "2");
            Files.delete(root.resolve("deleted"));
            Files.delete(root.resolve("gone/in"));
            Files.delete(root.resolve("gone"));
        });
        through(snapshotter.prepare("c", "two", Map.of()), root -> {
            assertThat(root.resolve("kept")).hasContent("1");
            assertThat(root.resolve("changed")).hasContent("2");
            assertThat(root.resolve("added")).hasContent("2");
            assertThat(root.resolve("deleted")).doesNotExist();
            assertThat(root.resolve("gone")).doesNotExist();
        });
    }

    @Test
    void aDirectoryOfALowerLayerCanBeReplaced() throws IOException {
        layer("one", "", root -> Files.createDirectories(root.resolve("d/old")));
        layer("two", "one", root -> {
            Files.delete(root.resolve("d/old"));
            Files.delete(root.resolve("d"));
            Files.createDirectories(root.resolve("d/new"));
        });
        through(snapshotter.view("v", "two", Map.of()), root -> {
            assertThat(root.resolve("d/new")).exists();
            assertThat(root.resolve("d/old")).doesNotExist();
        });
    }

    @Test
    void siblingsDoNotSeeEachOther() throws IOException {
        layer("base", "", root -> Files.writeString(root.resolve("f"), "base"));
        through(snapshotter.prepare("a", "base", Map.of()), root -> Files.writeString(root.resolve("f"), "a"));
        through(
                snapshotter.prepare("b", "base", Map.of()),
                root -> assertThat(root.resolve("f")).hasContent("base"));
        through(snapshotter.mounts("a"), root -> assertThat(root.resolve("f")).hasContent("a"));
    }

    @Test
    void viewsCannotBeWritten() throws IOException {
        layer("one", "", root -> Files.writeString(root.resolve("f"), "1"));
        layer("two", "one", root -> Files.writeString(root.resolve("g"), "2"));
        for (String parent : List.of("one", "two")) {
            through(
                    snapshotter.view("v-" + parent, parent, Map.of()),
                    root -> assertThatThrownBy(() -> Files.writeString(root.resolve("f"), "x"))
                            .isInstanceOf(FileSystemException.class)
                            .hasMessageContaining("Read-only"));
        }
    }

    @Test
    void ownerAndModeOfTheRootAreThoseOfTheImage() throws IOException {
        layer("one", "", root -> {
            Files.setAttribute(root, "unix:uid", 1234);
            Files.setAttribute(root, "unix:gid", 4321);
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-x--x"));
        });
        layer("two", "one", root -> Files.writeString(root.resolve("f"), "2"));
        through(
                snapshotter.prepare("c", "two", Map.of()),
                root -> assertThat(Files.readAttributes(root, "unix:uid,gid,mode"))
                        .containsAllEntriesOf(Map.of("uid", 1234, "gid", 4321, "mode", 040751)));
    }

    @Test
    void filesOfManyLayersAreSeenTogether() throws IOException {
        int layers = 20;
        for (int i = 0; i < layers; i++) {
            String name = "f" + i;
            layer("l" + i, i == 0 ? "" : "l" + (i - 1), root -> Files.writeString(root.resolve(name), name));
        }
        through(snapshotter.prepare("c", "l" + (layers - 1), Map.of()), root -> {
            for (int i = 0; i < layers; i++) {
                assertThat(root.resolve("f" + i)).hasContent("f" + i);
            }
        });
    }

    private void layer(String name, String parent, Change change) throws IOException {
        through(snapshotter.prepare(name + "-tmp", parent, Map.of()), change);
        snapshotter.commit(name, name + "-tmp", Map.of(), "");
    }

    private void through(List<Mount> answered, Change change) throws IOException {
        for (Mount mount : answered) {
            mounts.mount(mount.source(), seen, mount.type(), mount.options());
        }
        try {
            change.on(seen);
        } finally {
            mounts.unmount(seen);
        }
    }
}
