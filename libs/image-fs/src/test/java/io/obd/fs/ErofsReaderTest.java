package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.TarBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An EROFS file system is read as an ext4 one of the same layers is. */
class ErofsReaderTest {
    private static final byte[] LOWER = layer();
    private static final byte[] UPPER = new TarBuilder()
            .file("etc/new", "new")
            .file("etc/.wh.second", "")
            .pax('x', "SCHILY.xattr.user.long", "y".repeat(3000))
            .directory("var/")
            .build();

    @TempDir
    private Path directory;

    private static byte[] layer() {
        TarBuilder tar = new TarBuilder()
                .mode(04751)
                .file("etc/app.conf", "content")
                .hardLink("etc/second", "etc/app.conf")
                .hardLink("etc/third", "etc/app.conf")
                .mode(0644)
                .file("etc/empty", "")
                .file("etc/block", "b".repeat(4096))
                .file("etc/large", "0123456789abcdef".repeat(40_000))
                .symlink("conf", "/etc")
                .pax('x', "linkpath", "x/".repeat(500))
                .symlink("long", "x")
                .directory("var/")
                .pax('x', "SCHILY.xattr.security.capability", "cap", "SCHILY.xattr.user.color", "blue")
                .file("tagged", "t");
        for (int i = 0; i < 2000; i++) {
            tar.file("many/file-" + i + "-" + "n".repeat(i % 80), "");
        }
        return tar.build();
    }

    @Test
    void itHasTheTreeOfItsLayers() throws Exception {
        Path ext4 = Images.ofBytes(Kind.EXT4, directory.resolve("ext4"), LOWER, UPPER);
        Path erofs = Images.ofBytes(Kind.EROFS, directory.resolve("erofs"), LOWER, UPPER);

        assertThat(tree(erofs, Images.SIZE)).hasSizeGreaterThan(2000).isEqualTo(tree(ext4, Images.SIZE));
    }

    @Test
    void pathsAreFollowed() throws Exception {
        Path image = Images.ofBytes(Kind.EROFS, directory.resolve("erofs"), LOWER);
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE);
                FileSystemReader fs = FileSystemReader.open(store)) {
            assertThat(fs.find(ByteString.of("/conf/app.conf"), true))
                    .isEqualTo(fs.find(ByteString.of("etc/../../etc/second"), true));
            assertThat(fs.find(ByteString.of("/etc/none"), true)).isNull();
            assertThat(store.written()).isZero();
        }
    }

    @Test
    void holesHaveNoData() throws Exception {
        Path sparse = directory.resolve("sparse");
        Path tar = directory.resolve("tar");
        Commands.check("truncate", "-s", "5000000", sparse.toString());
        Commands.check("sh", "-c", "printf end >> '" + sparse + "'");
        Commands.check(
                "tar", "-C", directory.toString(), "--sparse", "--format=posix", "-cf", tar.toString(), "sparse");
        Path image = Images.of(Kind.EROFS, directory.resolve("image"), tar);
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE);
                FileSystemReader fs = FileSystemReader.open(store)) {
            FileData data = fs.data(fs.list(fs.root()).getFirst().file());

            assertThat(data.extents())
                    .singleElement()
                    .satisfies(extent -> assertThat(extent.offset()).isEqualTo(5_000_000 / 4096 * 4096));
            ByteBuffer bytes = ByteBuffer.allocate(10);
            data.read(4_999_998, bytes);
            assertThat(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8))
                    .isEqualTo("\0\0end");
        }
    }

    /** It writes short inodes, tails behind inodes, and attributes that several files share. */
    @Test
    void whatMkfsErofsMakesIsReadToo() throws Exception {
        Path source = directory.resolve("source");
        Files.createDirectories(source.resolve("d"));
        Files.writeString(source.resolve("short"), "a tail");
        Files.writeString(source.resolve("d/long"), "x".repeat(10_000));
        Files.createLink(source.resolve("d/link"), source.resolve("short"));
        for (int i = 0; i < 5; i++) {
            Path file = Files.writeString(source.resolve("d/tagged" + i), "" + i);
            Commands.check("setfattr", "-n", "user.color", "-v", "blue", file.toString());
        }
        Path image = directory.resolve("image");
        Commands.check("mkfs.erofs", "-x2", "-T1700000000", image.toString(), source.toString());

        SortedMap<String, String> tree = tree(image, Files.size(image));

        assertThat(tree)
                .containsOnlyKeys(
                        "/d",
                        "/d/link",
                        "/d/long",
                        "/d/tagged0",
                        "/d/tagged1",
                        "/d/tagged2",
                        "/d/tagged3",
                        "/d/tagged4",
                        "/short");
        assertThat(tree.get("/short")).contains("size=6", "links=2", "2023-11-14T22:13:20Z", "a tail");
        assertThat(tree.get("/d/long")).contains("size=10000", "x".repeat(10_000));
        assertThat(tree.get("/d/tagged3")).contains("{user.color=blue}");
    }

    @Test
    void whatIsCompressedIsRefused() throws Exception {
        Path source = Files.createDirectories(directory.resolve("source"));
        Files.writeString(source.resolve("f"), "x".repeat(100_000));
        Path image = directory.resolve("image");
        Commands.check("mkfs.erofs", "-zlz4", image.toString(), source.toString());

        assertThatThrownBy(() -> tree(image, Files.size(image)))
                .isInstanceOf(ErofsException.class)
                .hasMessageContaining("unknown here");
    }

    /** Bytes of the metadata are changed anywhere: whatever comes out, it comes out as an answer or as an ImageFsException. */
    @Property(tries = 25)
    void aDamagedFileSystemIsReadOrRefused(@ForAll long seed) throws Exception {
        Path damaged = Files.createTempFile("image-fs-damaged", ".img");
        try {
            Images.ofBytes(Kind.EROFS, damaged, LOWER, UPPER);
            Random random = new Random(seed);
            try (SparseFileStore store = new SparseFileStore(damaged, Images.SIZE)) {
                long end = ErofsVolume.open(store).allocateBlocks(0) * ErofsVolume.BLOCK;
                ByteBuffer sector = ByteBuffer.allocate(512);
                for (int i = 0; i < 60; i++) {
                    long at = random.nextLong(2, end / 512) * 512;
                    store.read(at, sector.clear());
                    sector.array()[random.nextInt(512)] = (byte) random.nextInt(256);
                    store.write(at, sector.clear());
                }
            }
            assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
                try {
                    tree(damaged, Images.SIZE);
                } catch (ImageFsException e) {
                    assertThat(e).hasMessageNotContaining("null");
                }
            });
        } finally {
            Files.delete(damaged);
        }
    }

    /** Everything there is to know of each path, but for numbers of inodes and what only directories of one kind have. */
    private static SortedMap<String, String> tree(Path image, long size) throws IOException {
        try (SparseFileStore store = new SparseFileStore(image, size);
                FileSystemReader fs = FileSystemReader.open(store)) {
            SortedMap<String, String> tree = new TreeMap<>();
            walk(fs, "", fs.root(), tree, 0);
            tree.remove("/lost+found");
            return tree;
        }
    }

    private static void walk(
            FileSystemReader fs, String path, FileInfo directory, SortedMap<String, String> tree, int depth)
            throws IOException {
        for (NamedFile named : fs.list(directory)) {
            FileInfo file = named.file();
            String below = path + "/" + named.name();
            String content = "";
            switch (file.type()) {
                case DIRECTORY -> {
                    if (depth < 5 && tree.size() < 10_000) {
                        walk(fs, below, file, tree, depth + 1);
                    }
                }
                case SYMLINK -> content = fs.readLink(file).toString();
                case REGULAR -> content = content(fs.data(file));
                default -> {}
            }
            tree.put(
                    below,
                    "%s %o %d:%d size=%d links=%d %s %d:%d %s %s"
                            .formatted(
                                    file.type(),
                                    file.permissions(),
                                    file.uid(),
                                    file.gid(),
                                    file.isDirectory() ? 0 : file.size(),
                                    file.isDirectory() ? 0 : file.links(),
                                    file.modified(),
                                    file.major(),
                                    file.minor(),
                                    fs.attributes(file),
                                    content));
        }
    }

    private static String content(FileData data) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(data.size(), 1 << 20));
        data.read(0, bytes);
        return new String(bytes.array(), StandardCharsets.ISO_8859_1);
    }
}
