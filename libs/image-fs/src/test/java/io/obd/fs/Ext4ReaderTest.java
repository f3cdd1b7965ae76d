package io.obd.fs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.TarBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Ext4ReaderTest {
    private static final String LONG = "x".repeat(200);
    private static final byte[] LAYER = new TarBuilder()
            .mode(0755)
            .directory("etc/")
            .mode(04751)
            .file("etc/app.conf", "greeting=hello\n")
            .mode(0644)
            .file("etc/large", "0123456789abcdef".repeat(40_000))
            .mode(04751)
            .hardLink("etc/second", "etc/app.conf")
            .mode(0644)
            .symlink("conf", "/etc/../etc")
            .symlink("etc/loop", "loop")
            .pax('x', "linkpath", LONG)
            .symlink("long", "short")
            .pax(
                    'x',
                    "SCHILY.xattr.user.color",
                    "blue",
                    "SCHILY.xattr.security.capability",
                    "cap",
                    "mtime",
                    "5000000000")
            .file("tagged", "")
            .build();

    @TempDir
    private Path directory;

    private Path image = Path.of("");

    @BeforeEach
    void makeImage() throws Exception {
        image = Images.ofBytes(directory.resolve("image"), LAYER);
    }

    @Test
    void filesHaveTheAttributesOfTheirInodes() throws Exception {
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE);
                Ext4Reader fs = Ext4Reader.on(store)) {
            FileInfo file = find(fs, "/etc/app.conf");

            assertThat(file)
                    .isEqualTo(new FileInfo(
                            file.inode(),
                            FileType.REGULAR,
                            04751,
                            0,
                            0,
                            15,
                            2,
                            Instant.ofEpochSecond(1_700_000_000),
                            0,
                            0));
            assertThat(find(fs, "etc/second")).isEqualTo(file);
            assertThat(fs.find(ByteString.of("/etc/none"), true)).isNull();
            assertThat(fs.find(ByteString.of("/etc/large/none"), true)).isNull();
            assertThat(fs.attributes(find(fs, "/tagged"))).hasToString("{security.capability=cap, user.color=blue}");
            assertThat(fs.attributes(file)).isEmpty();
            assertThat(store.written()).isZero();
        }
    }

    @Test
    void symlinksOnTheWayAreFollowedInsideTheRoot() throws Exception {
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE);
                Ext4Reader fs = Ext4Reader.on(store)) {
            assertThat(find(fs, "/conf/app.conf")).isEqualTo(find(fs, "../../etc/app.conf"));
            assertThat(fs.readLink(find(fs, "/long"))).isEqualTo(ByteString.of(LONG));
            assertThatThrownBy(() -> fs.find(ByteString.of("/etc/loop"), true))
                    .isInstanceOf(ImageFsException.class)
                    .hasMessageContaining("more than 40 symlinks");
        }
    }

    @Test
    void namesAreListedInTheOrderOfTheirBytes() throws Exception {
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE);
                Ext4Reader fs = Ext4Reader.on(store)) {
            assertThat(fs.list(fs.root()).stream().map(file -> file.name().toString()))
                    .containsExactly("conf", "etc", "long", "lost+found", "tagged");
        }
    }

    @Test
    void contentIsReadFromAnyPosition() throws Exception {
        String content = "0123456789abcdef".repeat(40_000);
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE);
                Ext4Reader fs = Ext4Reader.on(store)) {
            FileData data = fs.data(find(fs, "/etc/large"));

            assertThat(read(data, 0, 1 << 20)).isEqualTo(content);
            assertThat(read(data, 4095, 10)).isEqualTo(content.substring(4095, 4105));
            assertThat(read(data, 639_990, 100)).isEqualTo(content.substring(639_990));
            assertThat(read(data, 640_000, 100)).isEmpty();
        }
    }

    @Test
    void holesReadAsZeros() throws Exception {
        Path sparse = directory.resolve("sparse");
        Path tar = directory.resolve("sparse.tar");
        Commands.check("truncate", "-s", "300000", sparse.toString());
        Commands.check("sh", "-c", "printf end >> '" + sparse + "'");
        Commands.check(
                "tar", "-C", directory.toString(), "--sparse", "--format=posix", "-cf", tar.toString(), "sparse");
        Path disk = Images.of(directory.resolve("disk"), tar);
        try (SparseFileStore store = new SparseFileStore(disk, Images.SIZE);
                Ext4Reader fs = Ext4Reader.on(store)) {
            FileData data = fs.data(find(fs, "/sparse"));

            assertThat(data.extents())
                    .singleElement()
                    .satisfies(extent -> assertThat(extent.offset()).isEqualTo(300_000 / 4096 * 4096));
            assertThat(read(data, 0, 1 << 20)).isEqualTo("\0".repeat(300_000) + "end");
        }
    }

    @Test
    void anIntactFileSystemHasNoFaults() throws Exception {
        assertThat(faults()).isEmpty();
    }

    @Test
    void aDirectoryThatPointsToItselfIsAFault() throws Exception {
        int root = 2;
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE);
                Ext4 fs = Ext4.open(store)) {
            DirectoryEntry entry = requireNonNull(fs.tree().root().find(ByteString.of("etc")));
            Directory etc = fs.tree().directory(entry.inode());
            etc.add(ByteString.of("up"), new DirectoryEntry(root, FileType.DIRECTORY, 0));
            etc.add(ByteString.of("ghost"), new DirectoryEntry(5000, FileType.REGULAR, 0));
        }

        assertThat(faults())
                .map(fault -> fault.path() + ": " + fault.rule())
                .containsExactlyInAnyOrder("/etc/up: this directory is also /", "/etc/ghost: an inode has mode 00");
    }

    @Test
    void whatIsNoFileSystemIsSaidToBeNone() throws Exception {
        Path empty = directory.resolve("empty");
        try (SparseFileStore store = new SparseFileStore(empty, 1 << 20)) {
            assertThatThrownBy(() -> Ext4Reader.on(store))
                    .isInstanceOf(Ext4Exception.class)
                    .hasMessageContaining("open the file system");
        }
    }

    /** Bytes of the metadata are changed anywhere: whatever comes out, it comes out as an answer or as an ImageFsException. */
    @Property(tries = 25)
    void aDamagedFileSystemIsReadOrRefused(@ForAll long seed) throws Exception {
        Path damaged = Files.createTempFile("image-fs-damaged", ".img");
        try {
            Images.ofBytes(damaged, LAYER);
            Random random = new Random(seed);
            try (SparseFileStore store = new SparseFileStore(damaged, Images.SIZE)) {
                for (int i = 0; i < 60; i++) {
                    damage(store, random);
                }
            }
            Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> readEverything(damaged));
        } finally {
            Files.delete(damaged);
        }
    }

    /** In a sector that holds something. */
    private static void damage(SparseFileStore store, Random random) throws IOException {
        ByteBuffer sector = ByteBuffer.allocate(512);
        for (int tries = 0; tries < 10_000; tries++) {
            long at = random.nextInt(32 << 20) / 512 * 512L;
            store.read(at, sector.clear());
            int used = 0;
            for (byte b : sector.array()) {
                used |= b;
            }
            if (used != 0) {
                sector.array()[random.nextInt(512)] = (byte) random.nextInt(256);
                store.write(at, sector.clear());
                return;
            }
        }
    }

    private static void readEverything(Path disk) throws IOException {
        try (SparseFileStore store = new SparseFileStore(disk, Images.SIZE)) {
            Ext4Check.run(store, fault -> assertThat(fault.rule()).isNotBlank());
            try (Ext4Reader fs = Ext4Reader.on(store)) {
                List<FileInfo> directories = new ArrayList<>(List.of(fs.root()));
                for (int i = 0; i < directories.size() && i < 100; i++) {
                    for (NamedFile named : fs.list(directories.get(i))) {
                        FileInfo file = named.file();
                        fs.attributes(file);
                        switch (file.type()) {
                            case DIRECTORY -> directories.add(file);
                            case SYMLINK -> fs.readLink(file);
                            case REGULAR -> fs.data(file).read(0, ByteBuffer.allocate(1 << 16));
                            default -> {}
                        }
                    }
                }
            } catch (ImageFsException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    private List<Ext4Fault> faults() throws IOException {
        List<Ext4Fault> faults = new ArrayList<>();
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE)) {
            Ext4Check.run(store, faults::add);
        }
        return faults;
    }

    private static FileInfo find(Ext4Reader fs, String path) throws IOException {
        FileInfo found = fs.find(ByteString.of(path), false);
        if (found == null) {
            throw new AssertionError(path + " is missing");
        }
        return found;
    }

    private static String read(FileData data, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        int count = data.read(offset, bytes);
        return new String(bytes.array(), 0, count, StandardCharsets.UTF_8);
    }
}
