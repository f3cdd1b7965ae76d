package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.fs.tar.LayerTarException;
import io.obd.fs.tar.TarBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerApplierTest {
    private static final byte[] LOWER = new TarBuilder()
            .file("etc/a", "lower a")
            .file("etc/b", "lower b")
            .directory("usr/")
            .file("usr/lib/x", "lower x")
            .file("usr/lib/y", "lower y")
            .symlink("lib", "usr/lib")
            .build();

    @TempDir
    private Path directory;

    @BeforeEach
    void root() {
        assumeTrue(Root.isRoot(), "mounting needs root");
    }

    @Test
    void whiteoutsRemoveFilesAndDirectoriesOfLowerLayers() throws Exception {
        byte[] upper = new TarBuilder()
                .file("etc/.wh.a", "")
                .file("usr/.wh.lib", "")
                .file("none/.wh.of-these", "")
                .build();

        assertThat(tree(LOWER, upper)).containsOnlyKeys("/etc", "/etc/b", "/usr", "/lib");
    }

    @Test
    void aWhiteoutOfTheFileSystemsOwnDirectoryEmptiesIt() throws Exception {
        byte[] lower =
                new TarBuilder().file("etc/a", "a").file("lost+found/b", "b").build();
        byte[] upper = new TarBuilder().file(".wh.lost+found", "").build();

        assertThat(tree(lower, upper)).containsOnlyKeys("/etc", "/etc/a");
    }

    @Test
    void anOpaqueRootHasNothingInTheFileSystemsOwnDirectoryButWhatTheLayerBrings() throws Exception {
        byte[] lower = new TarBuilder().file("lost+found/b", "b").build();
        byte[] upper = new TarBuilder()
                .file(".wh..wh..opq", "")
                .file("lost+found/c", "c")
                .build();

        assertThat(tree(lower, upper)).containsOnlyKeys("/lost+found/c");
    }

    @Test
    void whatTheSameLayerBringsSurvivesItsWhiteouts() throws Exception {
        byte[] upper = new TarBuilder()
                .file("etc/a", "upper a")
                .file("etc/.wh.a", "")
                .file("usr/lib/new", "upper new")
                .file("usr/.wh.lib", "")
                .build();

        assertThat(tree(LOWER, upper))
                .containsEntry("/etc/a", "upper a")
                .containsEntry("/usr/lib/new", "upper new")
                .doesNotContainKeys("/usr/lib/x", "/usr/lib/y");
    }

    @Test
    void anOpaqueDirectoryHasNothingOfLowerLayersWhereverItsMarkStands() throws Exception {
        byte[] upper = new TarBuilder()
                .directory("usr/")
                .file("usr/lib/x", "upper x")
                .file("usr/.wh..wh..opq", "")
                .file("usr/share/z", "upper z")
                .build();

        assertThat(tree(LOWER, upper))
                .containsOnlyKeys(
                        "/etc",
                        "/etc/a",
                        "/etc/b",
                        "/lib",
                        "/usr",
                        "/usr/lib",
                        "/usr/lib/x",
                        "/usr/share",
                        "/usr/share/z")
                .containsEntry("/usr/lib/x", "upper x");
    }

    @Test
    void filesAndDirectoriesReplaceEachOther() throws Exception {
        byte[] upper = new TarBuilder()
                .file("usr", "now a file")
                .directory("etc/a")
                .file("etc/a/in", "below")
                .symlink("etc/b", "a")
                .build();

        assertThat(tree(LOWER, upper))
                .containsEntry("/usr", "now a file")
                .containsEntry("/etc/a/in", "below")
                .containsEntry("/etc/b", "-> a")
                .doesNotContainKey("/usr/lib");
    }

    @Test
    void aPathThroughASymlinkStaysInsideTheRoot() throws Exception {
        byte[] upper = new TarBuilder()
                .file("lib/z", "through the link")
                .symlink("up", "../../../../etc")
                .file("up/c", "clamped")
                .symlink("abs", "/usr/new")
                .file("abs/deep/d", "made")
                .build();

        assertThat(tree(LOWER, upper))
                .containsEntry("/usr/lib/z", "through the link")
                .containsEntry("/etc/c", "clamped")
                .containsEntry("/usr/new/deep/d", "made");
    }

    @Test
    void hardLinksReachLowerLayersAndTargetsThatComeLater() throws Exception {
        byte[] upper = new TarBuilder()
                .hardLink("etc/lower-link", "etc/a")
                .hardLink("first", "second")
                .hardLink("second", "third")
                .hardLink("taken", "third")
                .file("third", "three")
                .file("taken", "by another")
                .build();

        assertThat(tree(LOWER, upper))
                .containsEntry("/etc/lower-link", "lower a")
                .containsEntry("/first", "three")
                .containsEntry("/second", "three")
                .containsEntry("/taken", "by another");
    }

    @Test
    void whatStandsAtAHardLinkIsTheFilesFromThenOn() throws Exception {
        byte[] lower = new TarBuilder()
                .mode(0640)
                .pax('x', "SCHILY.xattr.user.old", "1", "uid", "5")
                .file("file", "content")
                .build();
        byte[] upper = new TarBuilder()
                .mode(0604)
                .pax('x', "SCHILY.xattr.user.new", "2", "uid", "6")
                .hardLink("link", "file")
                .build();

        try (Mounted mounted = Mounted.readOnly(Images.ofBytes(directory.resolve("image"), lower, upper))) {
            assertThat(mounted.listing())
                    .anySatisfy(line -> assertThat(line)
                            .contains(
                                    "\"/file\"",
                                    "0o100604",
                                    "\"uid\": 6",
                                    "{\"user.new\": \"2\", \"user.old\": \"1\"}"));
        }
    }

    @Test
    void whatContainerdDoesNotTakeOverIsNot() throws Exception {
        byte[] layer = new TarBuilder()
                .pax('x', "SCHILY.xattr.trusted.overlay.redirect", "/etc", "mtime", "-1.5")
                .file("before-1970", "")
                .pax('x', "mtime", "9223372037")
                .directory("past-2262/")
                .mode(0600)
                .symlink("link", "nowhere")
                .build();

        try (Mounted mounted = Mounted.readOnly(Images.ofBytes(directory.resolve("image"), layer))) {
            assertThat(mounted.listing())
                    .anySatisfy(line -> assertThat(line)
                            .contains("\"/before-1970\"", "\"mtime\": 0")
                            .doesNotContain("redirect"))
                    .anySatisfy(line -> assertThat(line).contains("\"/past-2262\"", "\"mtime\": 0"))
                    .anySatisfy(line -> assertThat(line).contains("\"/link\"", "0o120777"));
        }
    }

    @Test
    void aDirectoryOnADirectoryKeepsTheContentAndReplacesTheAttributes() throws Exception {
        byte[] lower = new TarBuilder()
                .mode(0700)
                .pax('x', "SCHILY.xattr.user.old", "1", "uid", "5")
                .directory("d/")
                .file("d/f", "kept")
                .build();
        byte[] upper = new TarBuilder()
                .mode(0750)
                .pax('x', "SCHILY.xattr.user.new", "2", "mtime", "1.000000002")
                .directory("d/")
                .build();
        Path image = Images.ofBytes(directory.resolve("image"), lower, upper);

        try (Mounted mounted = Mounted.readOnly(image)) {
            assertThat(mounted.listing())
                    .anySatisfy(line -> assertThat(line)
                            .contains(
                                    "\"/d\"",
                                    "0o40750",
                                    "\"mtime\": 1000000002",
                                    "\"uid\": 0",
                                    "{\"user.new\": \"2\"}"))
                    .anySatisfy(line -> assertThat(line).contains("\"/d/f\""));
        }
    }

    @Test
    void aDirectoryOf100000NamesIsIndexedAndCanBeChangedByTheNextLayer() throws Exception {
        TarBuilder lower = new TarBuilder();
        for (int i = 0; i < 100_000; i++) {
            lower.entry("big/name-of-file-" + i, '0', "", 0);
        }
        byte[] upper = new TarBuilder()
                .file("big/one-more", "1")
                .file("big/.wh.name-of-file-77777", "")
                .build();
        Path image = directory.resolve("image");
        try (SparseFileStore store = new SparseFileStore(image, 4L << 30)) {
            try (Ext4 fs = Ext4.format(store, Ext4Options.defaults())) {
                new LayerApplier(fs).apply(new ByteArrayInputStream(lower.build()));
            }
            try (Ext4 fs = Ext4.open(store)) {
                new LayerApplier(fs).apply(new ByteArrayInputStream(upper));
            }
        }

        Commands.fsck(image);
        try (Mounted mounted = Mounted.readOnly(image)) {
            Path big = mounted.path().resolve("big");
            assertThat(Commands.check("lsattr", "-d", big.toString())).contains("I--e");
            try (Stream<Path> names = Files.list(big)) {
                assertThat(names).hasSize(100_000);
            }
            for (int i = 0; i < 100_000; i += 37) {
                assertThat(big.resolve("name-of-file-" + i)).exists();
            }
            assertThat(big.resolve("one-more")).exists();
            assertThat(big.resolve("name-of-file-77777")).doesNotExist();
        }
    }

    @Test
    void theSameLayersGiveTheSameBytesInAnotherTimeZoneAndLocale() throws Exception {
        byte[] upper = new TarBuilder().file("etc/.wh.a", "").file("etc/c", "c").build();
        Path one = Images.ofBytes(directory.resolve("one"), LOWER, upper);
        TimeZone zone = TimeZone.getDefault();
        Locale locale = Locale.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Auckland"));
            Locale.setDefault(Locale.forLanguageTag("ar-EG"));
            Path two = Images.ofBytes(directory.resolve("two"), LOWER, upper);

            assertThat(Files.mismatch(one, two)).isEqualTo(-1);
        } finally {
            TimeZone.setDefault(zone);
            Locale.setDefault(locale);
        }
    }

    @Test
    void anUpperLayerWritesOnlyWhatItChanges() throws Exception {
        Path image = Images.ofBytes(directory.resolve("image"), LOWER);
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE)) {
            try (Ext4 fs = Ext4.open(store)) {
                new LayerApplier(fs)
                        .apply(new ByteArrayInputStream(
                                new TarBuilder().file("etc/c", "c").build()));
            }
            // data, inode table, directory, bitmaps, group descriptors and superblock, the latter two with backups
            assertThat(store.written()).isLessThan(12 * 4096);
        }
    }

    @Test
    void aFullDeviceIsSaidWithTheEntryAndTheSizeAndNothingMoreIsWritten() throws Exception {
        byte[] tar = new TarBuilder()
                .entry("a/large", '0', "", 64 << 20)
                .data(new byte[64 << 20])
                .build();
        try (SparseFileStore store = new SparseFileStore(directory.resolve("image"), 32 << 20)) {
            Ext4 fs = Ext4.format(store, Ext4Options.defaults());
            assertThatThrownBy(() -> new LayerApplier(fs).apply(new ByteArrayInputStream(tar)))
                    .isInstanceOf(LayerTarException.class)
                    .hasMessage("layer tar: entry a/large at byte 0: no free block: the device of 32 MB is full:"
                            + " use --vsize")
                    .hasCauseInstanceOf(FileSystemFullException.class);
            long written = store.written();
            fs.close();
            assertThat(store.written()).isEqualTo(written);
        }
    }

    @Test
    void aDeviceWithoutFreeInodesIsFull() throws Exception {
        TarBuilder tar = new TarBuilder();
        for (int i = 0; i < 3000; i++) {
            tar.file("f" + i, "");
        }
        try (SparseFileStore store = new SparseFileStore(directory.resolve("image"), 32 << 20)) {
            Ext4 fs = Ext4.format(store, Ext4Options.defaults());
            assertThatThrownBy(() -> new LayerApplier(fs).apply(new ByteArrayInputStream(tar.build())))
                    .hasMessageContaining("no free inode: the device of 32 MB is full")
                    .hasCauseInstanceOf(FileSystemFullException.class);
        }
    }

    @Test
    void attributesThatDoNotFitAreAnErrorOfTheirEntry() {
        byte[] tar = new TarBuilder()
                .pax('x', "SCHILY.xattr.user.large", "v".repeat(5000))
                .file("f", "")
                .build();

        assertThatThrownBy(() -> Images.ofBytes(directory.resolve("image"), tar))
                .isInstanceOf(LayerTarException.class)
                .hasMessageContaining("entry f at byte 0: attribute user.large of 5000 bytes: ext4 has room for");
    }

    @Test
    void aLoopOfSymlinksIsAnErrorOfTheEntryThatRunsIntoIt() {
        byte[] tar = new TarBuilder()
                .symlink("a", "b")
                .symlink("b", "a")
                .file("a/f", "")
                .build();

        assertThatThrownBy(() -> Images.ofBytes(directory.resolve("image"), tar))
                .isInstanceOf(LayerTarException.class)
                .hasMessageContaining("entry a/f at byte 1024: more than 40 symlinks");
    }

    @Test
    void aPathDeeperThanTheKernelTakesIsAnErrorOfItsEntry() {
        byte[] tar = new TarBuilder()
                .pax('x', "path", "d/".repeat(100_000) + "f")
                .file("f", "")
                .build();

        assertThatThrownBy(() -> Images.ofBytes(directory.resolve("image"), tar))
                .isInstanceOf(LayerTarException.class)
                .hasMessageEndingWith("directories are more than 2048 deep");
    }

    @Test
    void aTreeAsDeepAsTheKernelTakesItIsRemoved() throws Exception {
        byte[] lower = new TarBuilder()
                .pax('x', "path", "d/".repeat(2000) + "f")
                .file("f", "")
                .build();
        byte[] upper = new TarBuilder().file(".wh.d", "").build();

        assertThat(tree(lower, upper)).isEmpty();
    }

    @Test
    void aFailureOfTheStoreInsideTheLibraryComesOutAsTheCause() throws Exception {
        IOException broken = new IOException("disk on fire");
        try (SparseFileStore store = new SparseFileStore(directory.resolve("image"), Images.SIZE) {
            @Override
            public void read(long offset, ByteBuffer dst) throws IOException {
                throw broken;
            }
        }) {
            assertThatThrownBy(() -> Ext4.open(store))
                    .isInstanceOf(Ext4Exception.class)
                    .hasMessage("open the file system: disk on fire")
                    .hasCause(broken);
        }
    }

    /** Paths with the content of files and the targets of symlinks. */
    private Map<String, String> tree(byte[]... layers) throws IOException {
        Path image = Images.ofBytes(directory.resolve("image"), layers);
        Commands.fsck(image);
        try (Mounted mounted = Mounted.readOnly(image)) {
            return mounted.contents();
        }
    }
}
