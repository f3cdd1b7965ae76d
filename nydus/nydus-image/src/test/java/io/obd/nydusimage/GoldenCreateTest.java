package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that the golden images were made with make the same bootstraps, which name the same blobs by their SHA-256. */
class GoldenCreateTest {
    @TempDir
    private static Path trees;

    private static GoldenTrees golden = new GoldenTrees(Path.of(""));

    @TempDir
    private Path directory;

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        golden = GoldenTrees.unpack(trees);
    }

    @ParameterizedTest
    @CsvSource({
        "v5-none,         '', -v 5 --compressor none",
        "v5-lz4_block,    '', -v 5 --compressor lz4_block",
        "v5-zstd,         '', -v 5 --compressor zstd",
        "v5-opt-prefetch-aligned, '/etc\n/text1m3.txt\n', -v 5 --aligned-chunk --prefetch-policy fs",
        "v6-none,         '', -v 6 --compressor none",
        "v6-lz4_block,    '', -v 6 --compressor lz4_block",
        "v6-zstd,         '', -v 6 --compressor zstd",
        "v6-opt-batch,    '', -v 6 --chunk-size 0x20000 --batch-size 0x20000",
        "v6-opt-chunk64k, '', -v 6 --chunk-size 0x10000 --digester sha256 --compressor lz4_block",
        "v6-opt-repeatable, '', -v 6 --repeatable",
        "v6-opt-prefetch, '/etc\n/text1m3.txt\n/usr/bin/tool\n', -v 6 --prefetch-policy fs",
    })
    void anImageOfADirectory(String image, String patterns, String options) throws IOException {
        create(patterns, "base.boot", options, "base");

        assertIsGolden("base.boot", image);
        assertThat(Command.run("check", "-D", directory.toString(), file("base.boot"))
                        .err())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"v5-layered, -v 5", "v6-layered, -v 6"})
    void layersUponEachOther(String image, String version) throws IOException {
        String options = version + " --compressor lz4_block";
        create("", "l1.boot", options, "base");
        create("", "l2.boot", options + " --parent-bootstrap " + file("l1.boot"), "layer2");
        create("", "l3.boot", options + " --parent-bootstrap " + file("l2.boot"), "layer3");

        assertIsGolden("l1.boot", image);
        assertIsGolden("l2.boot", image);
        assertIsGolden("l3.boot", image);
    }

    @Test
    void aLayerWithTheWhiteoutsOfOverlayfs() throws IOException {
        create("", "l1.boot", "", "base");
        create("", "l2.boot", "--whiteout-spec overlayfs --parent-bootstrap " + file("l1.boot"), "overlay2");

        assertIsGolden("l2.boot", "v6-overlayfs");
    }

    @Test
    void anImageWithChunksOfADictionary() throws IOException {
        create("", "dict.boot", "", "base");
        create("", "l2.boot", "--chunk-dict bootstrap=" + file("dict.boot"), "layer2");

        assertIsGolden("l2.boot", "v6-chunkdict");
    }

    private void create(String patterns, String bootstrap, String options, String tree) {
        List<String> arguments = new ArrayList<>(
                List.of("create", "--log-level", "warn", "-D", directory.toString(), "-B", file(bootstrap)));
        arguments.addAll(options.isEmpty() ? List.of() : List.of(options.split(" ")));
        arguments.add(golden.path(tree));

        Command create = Command.runWith(patterns, arguments.toArray(String[]::new));

        assertThat(create.err()).isEmpty();
        assertThat(create.out()).isEmpty();
        assertThat(create.exitCode()).isZero();
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private void assertIsGolden(String bootstrap, String image) throws IOException {
        Path ours = directory.resolve(bootstrap);
        Path theirs = Command.golden(image).resolve(bootstrap);
        assertThat(Files.size(ours)).isEqualTo(Files.size(theirs));
        assertThat(Files.readAllBytes(ours)).as("attributes in order").isEqualTo(SortedXattrs.of(ours));
        assertThat(SortedXattrs.of(ours)).isEqualTo(SortedXattrs.of(theirs));
    }
}
