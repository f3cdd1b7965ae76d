package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Every damaged file fails with the check and the place, or is read as the intact one where the original does that. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenCorruptionTest {
    /** Files that are not opened: where the check fails, and which one. */
    private static final String REFUSED = """
        lsmt-header-magic.lsmt          | 0      | LSMT header: magic not found
        lsmt-header-not-header.lsmt     | 28     | LSMT header: flags
        lsmt-header-index-type.lsmt     | 28     | LSMT header: flags
        lsmt-trailer-vsize0.lsmt        | 45616  | LSMT trailer: virtual_size is 0
        lsmt-trailer-magic.lsmt         | 45568  | LSMT trailer: magic not found
        lsmt-trailer-unsealed.lsmt      | 45596  | LSMT trailer: flags
        lsmt-trailer-isheader.lsmt      | 45596  | LSMT trailer: flags
        lsmt-index-size-over-cap.lsmt   | 45608  | LSMT trailer: index_size is 1000001
        lsmt-index-size-too-big.lsmt    | 45600  | LSMT trailer: index of 257 entries
        lsmt-index-offset-beyond.lsmt   | 45600  | does not lie between header and trailer
        lsmt-index-offset-huge.lsmt     | 45600  | does not lie between header and trailer
        lsmt-truncated-trailer.lsmt     | 45567  | LSMT trailer: magic not found
        lsmt-truncated-half.lsmt        | 20736  | LSMT trailer: magic not found
        lsmt-only-header.lsmt           | 4096   | LSMT trailer: missing
        lsmt-short.lsmt                 | 0      | LSMT header: 4096 bytes wanted
        lsmt-empty.lsmt                 | 0      | LSMT header: 4096 bytes wanted
        lsmt-index-unsorted.lsmt        | 41488  | follows one that ends at sector
        lsmt-index-overlap.lsmt         | 41488  | follows one that ends at sector
        lsmt-index-moffset-header.lsmt  | 41472  | maps to sectors 7 to
        lsmt-index-moffset-beyond.lsmt  | 41664  | the data has sectors 8 to 81
        lsmt-index-beyond-vsize.lsmt    | 41664  | reaches beyond virtual_size
        lsmt-index-zero-length.lsmt     | 41472  | has length 0
        zfile-header-magic.zfile        | 0      | LSMT header: magic not found
        zfile-header-digest.zfile       | 28     | ZFile header: digest is
        zfile-header-reserved-bit.zfile | 28     | ZFile header: digest is
        zfile-index-crc.zfile           | 30136  | ZFile jump table
        zfile-block0-bitflip.zfile      | 512    | ZFile block 0: CRC is
        zfile-truncated.zfile           | 40     | does not lie before byte 20466
        zfile-short.zfile               | 0      | LSMT header: 4096 bytes wanted, file has 300
        zfile-algo9.zfile               | 76     | algo is 9
        zfile-bs3000.zfile              | 72     | block_size is 3000
        zfile-bs0.zfile                 | 72     | block_size is 0
        zfile-blocklen4.zfile           | 30136  | block 0 has 4 bytes
        zfile-index-size-cap.zfile      | 48     | index_size is 1000000001
        tar-bad-checksum.obd            | 0      | LSMT header: magic not found
        """;

    /** Files that are opened and fail where the damage is. */
    private static final String DAMAGED_BLOCKS = """
        zfile-blockmid-bitflip.zfile    | 16746  | CRC is
        zfile-blockmid-crc.zfile        | 16746  | CRC is
        """;

    /** Files that are read as the intact one. */
    private static final Set<String> TOLERATED = Set.of(
            "lsmt-header-unknown-flags.lsmt",
            "lsmt-header-version9.lsmt",
            "lsmt-header-vsize-differs.lsmt",
            "lsmt-index-tags.lsmt",
            "zfile-no-trailer.zfile",
            "zfile-no-digest-flag.zfile",
            "zfile-legacy-garbage-header.zfile",
            "tar-no-end-blocks.obd");

    /** A raw layer has no checksum. */
    private static final String NOT_NOTICED = "lsmt-data-bitflip.lsmt";

    /** Index files of writable layers whose end is cut off or passed over. */
    private static final Set<String> REPAIRED =
            Set.of("rw-index-partial-entry.index", "rw-index-beyond-data.index", "rw-index-invalid-padding.index");

    private static final String REFUSED_INDEX = "rw-index-header-sealed.index";
    private static final String EMPTY_INDEX = "rw-index-empty.index";

    private final Golden golden = new Golden();

    @TempDir
    Path dir;

    @Test
    void everyDamagedFileIsListed() throws IOException {
        Stream<String> listed = Stream.of(
                        Row.parse(REFUSED).map(Row::file),
                        Row.parse(DAMAGED_BLOCKS).map(Row::file),
                        TOLERATED.stream(),
                        REPAIRED.stream(),
                        Stream.of(NOT_NOTICED, REFUSED_INDEX, EMPTY_INDEX))
                .flatMap(files -> files);
        try (Stream<Path> files = Files.list(Golden.file("corrupt"))) {
            assertThat(listed)
                    .containsExactlyInAnyOrderElementsOf(files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString())
                            .toList());
        }
    }

    @TestFactory
    Stream<DynamicTest> aDamagedFileIsNotOpened() {
        return Row.parse(REFUSED)
                .map(row -> DynamicTest.dynamicTest(
                        row.file(), () -> row.check(() -> open(row.file()).close())));
    }

    @TestFactory
    Stream<DynamicTest> aDamagedBlockFailsWhenItIsRead() {
        return Row.parse(DAMAGED_BLOCKS)
                .map(row -> DynamicTest.dynamicTest(row.file(), () -> {
                    try (LayeredImage image = open(row.file())) {
                        row.check(() -> golden.hash(image));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatNoReaderNeedsIsNotLookedAt() {
        return TOLERATED.stream()
                .map(file -> DynamicTest.dynamicTest(file, () -> {
                    JsonNode expected = Golden.named("corrupt/" + file);
                    assertThat(expected.get("upstream_result").asText()).contains("equal to the intact layer");
                    try (LayeredImage image = open(file)) {
                        assertThat(golden.hash(image))
                                .isEqualTo(expected.get("intact_flat_sha256").asText());
                    }
                }));
    }

    @Test
    void aFlippedBitOfAPlainLayerIsNotSeen() throws IOException {
        JsonNode expected = Golden.named("corrupt/" + NOT_NOTICED);
        try (LayeredImage image = open(NOT_NOTICED)) {
            assertThat(expected.get("upstream_result").asText()).contains(golden.hash(image));
        }
    }

    @TestFactory
    Stream<DynamicTest> whatACrashLeavesAtTheEndOfAnIndexIsCutOff() {
        String expected = Golden.named("corrupt/rw-index-beyond-data.index")
                .get("intact_flat_sha256")
                .asText();
        return REPAIRED.stream()
                .map(index -> DynamicTest.dynamicTest(index, () -> {
                    try (LayeredImage image = openPair(index)) {
                        if (index.equals("rw-index-partial-entry.index")) {
                            // The last operation of the log is the torn one.
                            assertThat(Files.size(dir.resolve("corrupt-" + index)) % 16)
                                    .isZero();
                        } else {
                            assertThat(golden.hash(image)).isEqualTo(expected);
                        }
                    }
                }));
    }

    @Test
    void anEmptyIndexIsAnEmptyDisk() throws IOException {
        JsonNode expected = Golden.named("corrupt/" + EMPTY_INDEX);
        try (LayeredImage image = openPair(EMPTY_INDEX)) {
            assertThat(expected.get("upstream_result").asText()).contains(golden.hash(image));
        }
    }

    @Test
    void aSealedIndexFileIsRefused() {
        new Row(REFUSED_INDEX, 28, "LSMT index header: flags 0x5").check(() -> openPair(REFUSED_INDEX));
    }

    private LayeredImage openPair(String index) throws IOException {
        Path data = dir.resolve(index + "-data");
        Files.copy(Golden.file("corrupt/base/rw-small/data"), data);
        return LayeredImage.open(List.of(), WritableLayer.open(data, Golden.copy("corrupt/" + index, dir)));
    }

    private static LayeredImage open(String file) throws IOException {
        FileBlob blob = FileBlob.open(Golden.file("corrupt/" + file));
        try {
            return LayeredImage.open(List.of(Layer.open(blob)), null);
        } catch (IOException e) {
            blob.close();
            throw e;
        }
    }

    /** What a damaged file has to fail with. */
    private record Row(String file, long offset, String check) {

        static Stream<Row> parse(String table) {
            return table.lines()
                    .map(line -> line.split("\\|", -1))
                    .map(columns ->
                            new Row(columns[0].strip(), Long.parseLong(columns[1].strip()), columns[2].strip()));
        }

        void check(ThrowingCallable use) {
            assertThatThrownBy(use)
                    .isInstanceOfSatisfying(
                            CorruptBlobException.class,
                            e -> assertThat(e.offset()).as(e.getMessage()).isEqualTo(offset))
                    .hasMessageContaining("at byte " + offset)
                    .hasMessageContaining(check);
        }
    }
}
