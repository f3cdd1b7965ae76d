package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.fs.tar.LayerTarException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Layers that the original applied, and the trees it made of them. Ours differ where the original loses something:
 * times outside of 32 bits and below the second.
 */
class GoldenLayersTest {
    private static final Path LAYERS = Path.of("src/test/resources/layers");
    private static final List<String> BETTER_TIMES =
            List.of("mtime /mtbig 4000000000 -294967296", "mtime /mtfrac 1600000000 1600000001");

    @TempDir
    private Path directory;

    @BeforeEach
    void root() {
        assumeTrue(Root.isRoot(), "mounting needs root");
    }

    @Test
    void oneLayerIsAsTheOriginalAppliesIt() throws Exception {
        assertThat(differences("tree-A.json", "A.tar")).containsExactlyInAnyOrderElementsOf(BETTER_TIMES);
    }

    @Test
    void twoLayersAreAsTheOriginalAppliesThem() throws Exception {
        assertThat(differences("tree-AB.json", "A.tar", "B.tar")).containsExactlyInAnyOrderElementsOf(BETTER_TIMES);
    }

    @Test
    void soTheyAreToErofs() throws Exception {
        List<String> ext4 = listing("A.tar", "B.tar", "C.tar");
        List<String> erofs = listing(Kind.EROFS, "A.tar", "B.tar", "C.tar");

        assertThat(erofs).hasSizeGreaterThan(100).hasSameSizeAs(ext4);
        assertThat(Mounted.withoutLostAndFound(erofs))
                .filteredOn(line -> !Mounted.withoutLostAndFound(ext4).contains(line))
                .isEmpty();
    }

    @Test
    void threeLayersAreAsTheOriginalAppliesThem() throws Exception {
        assertThat(differences("tree-ABC.json", "A.tar", "B.tar", "C.tar"))
                .containsExactlyInAnyOrderElementsOf(BETTER_TIMES);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "q-abs|/ 40755 0:0;/abs 40755 0:0;/abs/file 100644 0:0;/abs/l 100644 0:0",
                "q-dotdot|/ 40755 0:0;/escape 100644 0:0",
                "q-big-uid|/ 40755 0:0;/f 100644 3000000:4000000",
                "q-empty|/ 40755 0:0",
                "q-zero-length|/ 40755 0:0",
                "q-no-eof-blocks|/ 40755 0:0;/abs 40755 0:0;/abs/file 100644 0:0;/abs/l 100644 0:0",
                "q-hardlink-before|/ 40755 0:0;/l 100644 0:0;/later 100644 0:0",
                "q-symlink-parent|/ 40755 0:0;/link 120777 0:0;/real 40644 0:0;/real/file 100644 0:0",
                "q-symlink-parent-abs|/ 40755 0:0;/etc 40755 0:0;/etc/file 100644 0:0;/link 120777 0:0",
                "q-root-entry|/ 40711 3:4;/f 100644 0:0",
                "q-wh-aufs|/ 40755 0:0;/f 100644 0:0",
                "q-wh-root-opaque|/ 40755 0:0;/keep 100644 0:0",
                "q-xattr-selinux|/ 40755 0:0;/f 100644 0:0 security.selinux=system_u:object_r:bin_t:s0",
                "q-xattr-symlink-user|/ 40755 0:0;/l 120777 0:0",
                "q-xattr-unknown-ns|/ 40755 0:0;/f 100644 0:0",
            })
    void oddLayersAreApplied(String layer, String tree) throws Exception {
        assertThat(listing(layer + ".tar").stream().map(GoldenLayersTest::summary))
                .containsExactly(tree.split(";"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "q-bad-header-sum|checksum",
                "q-garbage|damaged header",
                "q-gnu-sparse-pax|the sparse map ends too early",
                "q-hardlink-missing|the target nope of the hard link is nowhere",
                "q-name-256|a name of 256 bytes, longer than 255",
                "q-truncated|usr/bin/f65536",
            })
    void badLayersAreRefused(String layer, String problem) {
        assertThatThrownBy(() -> listing(layer + ".tar"))
                .isInstanceOf(LayerTarException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void aNameOf255BytesIsNotTooLong() throws Exception {
        assertThat(listing("q-name-255.tar")).hasSize(2);
    }

    private static String summary(String line) {
        Matcher xattr = Pattern.compile("\"xattrs\": \\{\"(.*?)\": \"(.*?)\"").matcher(line);
        return field(line, "path") + " " + field(line, "mode").substring(2) + " " + field(line, "uid") + ":"
                + field(line, "gid") + (xattr.find() ? " " + xattr.group(1) + "=" + xattr.group(2) : "");
    }

    private static String field(String line, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\": \"?([^,\"}]*)").matcher(line);
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    private List<String> differences(String golden, String... layers) throws IOException {
        Path listing = Files.write(directory.resolve("listing"), listing(layers));
        return Commands.check(
                        "sh",
                        "-c",
                        "python3 src/test/resources/golden.py " + LAYERS.resolve(golden) + " < '" + listing + "'")
                .lines()
                .toList();
    }

    private List<String> listing(String... layers) throws IOException {
        return listing(Kind.EXT4, layers);
    }

    private List<String> listing(Kind kind, String... layers) throws IOException {
        Path image = Images.of(
                kind,
                directory.resolve("image-" + kind),
                Stream.of(layers).map(LAYERS::resolve).toArray(Path[]::new));
        kind.fsck(image);
        try (Mounted mounted = Mounted.readOnly(image)) {
            return mounted.listing();
        }
    }
}
