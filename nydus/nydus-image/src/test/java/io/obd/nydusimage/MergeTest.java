package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.rafs.BlobContents;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Inode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MergeTest {
    private static final String BASE = "b49454ea575205e821a5c12e56fd693944f8a3929cc72d43f136a6db8c8b32e0";
    private static final String LAYER2 = "51645562b06e22974c0231de34ccdee92a26e4478aaa78f4e428b55dc17fb576";
    private static final String LAYER3 = "5ca606da9af89a803e72e39004c587303a89ef7268502f823f76f8e529be8627";

    private static final int INODE_ENTRIES = 56;
    private static final int INODE_TABLE = 8192;
    private static final int MODE = 60;
    private static final int FLAGS = 80;
    private static final int HARD_LINK = 2;
    private static final int DEVICE = 104;

    @TempDir
    private Path directory;

    @Test
    void theBootstrapIsThatOfTheOriginal() throws IOException {
        Path merged = directory.resolve("merged.boot");

        Command merge = merge(merged, layers("v6-merge"));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        assertThat(merge.out()).isEmpty();
        assertThat(merged).hasSameBinaryContentAs(Command.golden("v6-merge/merged.boot"));
    }

    @Test
    void inVersion5TheBootstrapIsThatOfTheOriginal() throws IOException {
        Path merged = directory.resolve("merged.boot");

        Command merge = merge(merged, layers("v5-merge"));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        assertThat(Files.readAllBytes(merged)).isEqualTo(asOfDirectories(Command.golden("v5-merge/merged.boot")));
    }

    /**
     * If the original made them of a tar, files that are no devices have device numbers, and hard links a flag that they
     * have not if they come from a directory.
     */
    private static byte[] asOfDirectories(Path image) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(image)).order(ByteOrder.LITTLE_ENDIAN);
        int inodes = bytes.getInt(INODE_ENTRIES);
        for (int i = 0; i < inodes; i++) {
            int at = bytes.getInt(INODE_TABLE + i * Integer.BYTES) << 3;
            bytes.putInt(at + FLAGS, bytes.getInt(at + FLAGS) & ~HARD_LINK);
            int type = bytes.getInt(at + MODE) & 0xf000;
            if (type != 0x2000 && type != 0x6000) {
                bytes.putInt(at + DEVICE, 0);
            }
        }
        return bytes.array();
    }

    @Test
    void theBlobsOfLayersWillDoInsteadOfTheirBootstraps() throws IOException {
        Path merged = directory.resolve("merged.boot");

        merge(merged, golden("blobs/" + BASE), golden("blobs/" + LAYER2), golden("blobs/" + LAYER3));

        assertThat(merged).hasSameBinaryContentAs(Command.golden("v6-merge/merged.boot"));
    }

    @Test
    void theSummaryIsThatOfTheOriginal() throws IOException {
        Path json = directory.resolve("merge.json");

        assertThat(merge(directory.resolve("merged.boot"), with(layers("v6-merge"), "-J", json.toString()))
                        .exitCode())
                .isZero();

        JsonNode summary = new ObjectMapper().readTree(json.toFile());
        assertThat(summary.get("blobs")).extracting(JsonNode::asText).containsExactly(BASE, LAYER3, LAYER2);
        assertThat(summary.get("bootstrap").asText())
                .isEqualTo(directory.resolve("merged.boot").toString());
        assertThat(summary.get("fs_version").asText()).isEqualTo("6");
        assertThat(summary.get("compressor").asText()).isEqualTo("zstd");
    }

    @Test
    void inADirectoryTheBootstrapIsNamedByItsHash() throws IOException {
        assertThat(Command.run(with(new String[] {"merge", "-D", directory.toString()}, layers("v6-merge")))
                        .exitCode())
                .isZero();

        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())).toList())
                    .containsExactly(Command.sha256(Command.golden("v6-merge/merged.boot")));
        }
    }

    @Test
    void besideTheNameOfTheBootstrapADirectoryHasNoEffect() throws IOException {
        Path merged = directory.resolve("merged.boot");

        Command merge = merge(merged, with(new String[] {"-D", directory.toString()}, layers("v6-merge")));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(merged);
        }
    }

    @Test
    void whatIsKnownOfBlobsIsSaidInTheBootstrap() throws IOException {
        Path merged = directory.resolve("merged.boot");
        String digests = "1".repeat(64) + "," + "2".repeat(64) + "," + "3".repeat(64);

        Command merge = merge(
                merged,
                with(
                        layers("v6-merge"),
                        "--blob-digests",
                        digests,
                        "--blob-sizes",
                        "9000001,9000002,9000003",
                        "--blob-toc-digests",
                        digests,
                        "--blob-toc-sizes",
                        "1001,1002,1003"));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        List<BlobInfo> blobs = Bootstrap.load(merged).blobs();
        assertThat(blobs).extracting(BlobInfo::id).containsExactly("1".repeat(64), "3".repeat(64), "2".repeat(64));
        assertThat(blobs).extracting(BlobInfo::compressedSize).containsExactly(9000001L, 9000003L, 9000002L);
        assertThat(blobs)
                .extracting(blob -> blob.contents().map(BlobContents::size).orElse(0))
                .containsExactly(1001, 1003, 1002);
    }

    /** As the originals' converter asks for it. */
    @Test
    void digestsOfTablesOfContentsMayBeKnownWithoutTheirSizes() throws IOException {
        Path merged = directory.resolve("merged.boot");
        Path layer = directory.resolve("layer");
        Files.copy(Command.golden("v6-targzref/base.boot"), layer);

        Command merge = merge(merged, layer.toString(), "--blob-toc-digests", "4".repeat(64));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(merged))).contains("4".repeat(64));
    }

    @Test
    void sizesOfTablesOfContentsMayBeKnownWithoutTheirDigests() throws IOException {
        Path merged = directory.resolve("merged.boot");

        Command merge = merge(merged, with(layers("v6-merge"), "--blob-toc-sizes", "1001,1002,1003"));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        assertThat(Bootstrap.load(merged).blobs())
                .extracting(blob -> blob.contents().map(BlobContents::size).orElse(0))
                .containsExactly(1001, 1003, 1002);
    }

    @Test
    void aLayerThatRefersToAnotherBlobKeepsItsIdentity() throws IOException {
        Path merged = directory.resolve("merged.boot");
        Path layer = directory.resolve("layer");
        Files.copy(Command.golden("v6-targzref/base.boot"), layer);

        Command merge = merge(merged, layer.toString(), "--blob-digests", "4".repeat(64), "--blob-sizes", "12345");

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        BlobInfo blob = Bootstrap.load(merged).blobs().getFirst();
        assertThat(blob.id()).isEqualTo("d3806b3bbda7b024aa68e31b4127d5cbc0ca191bc6b1805e5d781aa448a77fd4");
        assertThat(blob.chunkInfo().orElseThrow().blobId()).isEqualTo("4".repeat(64));
        assertThat(blob.chunkInfo().orElseThrow().blobSize()).isEqualTo(12345);
    }

    @Test
    void layersArePutUponAParent() throws IOException {
        Path base = directory.resolve("base.boot");
        Path all = directory.resolve("all.boot");
        String[] layers = layers("v6-merge");
        merge(base, layers[0]);

        Command merge = merge(all, layers[1], layers[2], "--parent-bootstrap", base.toString());

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        assertThat(all).hasSameBinaryContentAs(Command.golden("v6-merge/merged.boot"));
    }

    @ParameterizedTest
    @CsvSource({"v6-opt-chunk64k/base.boot, chunk size", "v5-none/base.boot, version"})
    void aParentOfAnotherKindIsRefused(String parent, String what) throws IOException {
        Path all = directory.resolve("all.boot");

        Command merge = merge(
                all,
                layers("v6-merge")[1],
                "--parent-bootstrap",
                Command.golden(parent).toString());

        assertThat(merge.exitCode()).isEqualTo(2);
        assertThat(merge.err()).contains("its " + what + " is").contains("that of the layers before is");
        assertThat(all).doesNotExist();
    }

    @Test
    void blobsOfTheDictionaryStayWhatTheyAre() throws IOException {
        Path merged = directory.resolve("merged.boot");

        Command merge = merge(
                merged,
                golden("v6-chunkdict/l2.boot"),
                "--chunk-dict",
                "bootstrap=" + golden("v6-chunkdict/dict.boot"));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        assertThat(Bootstrap.load(merged).blobs())
                .extracting(BlobInfo::id)
                .containsExactlyInAnyOrderElementsOf(
                        Bootstrap.load(Command.golden("v6-chunkdict/l2.boot")).blobs().stream()
                                .map(BlobInfo::id)
                                .toList());
        assertThat(merge(merged, golden("v6-chunkdict/l2.boot")).err()).contains("several blobs of its own");
    }

    @Test
    void filesToPrefetchAreReadFromStandardInput() throws IOException {
        Path merged = directory.resolve("merged.boot");

        Command merge = Command.runWith(
                "/etc\n/etc/below\nno path\n/usr/bin/tool\n",
                with(new String[] {"merge", "-B", merged.toString(), "--prefetch-policy", "fs"}, layers("v6-merge")));

        assertThat(merge.exitCode()).as(merge.err()).isZero();
        Bootstrap image = Bootstrap.load(merged);
        assertThat(image.prefetch()).hasSize(2);
        assertThat(image.prefetch().getFirst()).matches(Inode::isDirectory);
    }

    @Test
    void layersThatWereBuiltDifferentlyEndWith2() {
        Path merged = directory.resolve("merged.boot");

        Command merge = merge(merged, layers("v6-merge")[0], golden("v6-opt-chunk64k/base.boot"));

        assertThat(merge.exitCode()).isEqualTo(2);
        assertThat(merge.err()).contains("chunk size is 65536, that of the layers before is 1048576");
        assertThat(merged).doesNotExist();
        assertThat(merge(merged, layers("v6-merge")[0], layers("v5-merge")[1]).exitCode())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--blob-sizes 1,2",
                "--blob-sizes one,two,three",
                "--blob-digests 1,2,3",
                "--original-blob-ids ../a,b,c",
                "--chunk-dict boltdb=x",
                "--prefetch-policy all"
            })
    void wrongUseEndsWith2(String options) {
        Path merged = directory.resolve("merged.boot");

        assertThat(merge(merged, with(layers("v6-merge"), options.split(" "))).exitCode())
                .isEqualTo(2);
        assertThat(merged).doesNotExist();
    }

    @Test
    void aLayerThatIsNoneIsNamed() throws IOException {
        Path layer = Files.writeString(directory.resolve("layer"), "nothing");

        Command merge = merge(directory.resolve("merged.boot"), layer.toString());

        assertThat(merge.exitCode()).isEqualTo(1);
        assertThat(merge.err()).contains(layer + ": at byte 0: no RAFS bootstrap");
    }

    private static Command merge(Path merged, String... arguments) {
        return Command.run(with(new String[] {"merge", "-B", merged.toString()}, arguments));
    }

    /** The layers of a golden image, the lowest first. */
    private static String[] layers(String image) {
        try {
            return Files.readAllLines(Command.golden(image + "/layers.txt")).stream()
                    .map(line -> golden(image + "/bs/" + line.split(" ")[1]))
                    .toArray(String[]::new);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String[] with(String[] arguments, String... more) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    private static String golden(String name) {
        return Command.golden(name).toString();
    }
}
