package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.block.BlobException;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every damaged file fails with the check and the place, or is read as the intact one where the original does that. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenCorruptionTest {
    private final Golden golden = new Golden();

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> filesThatReadAsTheIntactOne() {
        return Golden.cases()
                .filter(c -> c.get("name").asText().matches("corrupt/(lsmt|zfile|tar)-.*"))
                .filter(c -> c.get("upstream_result").asText().contains("equal to the intact layer"))
                .map(c -> DynamicTest.dynamicTest(c.get("name").asText(), () -> {
                    try (LayeredImage image = open(c.get("name").asText())) {
                        assertThat(golden.hash(image))
                                .isEqualTo(c.get("intact_flat_sha256").asText());
                    }
                }));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
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
        lsmt-index-overlap.lsmt         |        | follows one that ends at sector
        lsmt-index-moffset-header.lsmt  | 41472  | maps to sectors 7 to
        lsmt-index-moffset-beyond.lsmt  |        | the data has sectors 8 to 81
        lsmt-index-beyond-vsize.lsmt    |        | reaches beyond virtual_size
        lsmt-index-zero-length.lsmt     | 41472  | has length 0
        zfile-header-magic.zfile        | 0      | LSMT header: magic not found
        zfile-header-digest.zfile       | 28     | ZFile header: digest is
        zfile-header-reserved-bit.zfile | 28     | ZFile header: digest is
        zfile-index-crc.zfile           |        | ZFile jump table
        zfile-block0-bitflip.zfile      | 512    | ZFile block 0: CRC is
        zfile-truncated.zfile           | 40     | does not lie before byte 20466
        zfile-short.zfile               | 0      | LSMT header: 4096 bytes wanted, file has 300
        zfile-algo9.zfile               | 76     | algo is 9
        zfile-bs3000.zfile              | 72     | block_size is 3000
        zfile-bs0.zfile                 | 72     | block_size is 0
        zfile-blocklen4.zfile           |        | block 0 has 4 bytes
        zfile-index-size-cap.zfile      | 48     | index_size is 1000000001
        tar-bad-checksum.obd            | 0      | LSMT header: magic not found
        """)
    void aDamagedFileIsNotOpened(String name, Long offset, String check) {
        assertThatThrownBy(() -> open("corrupt/" + name).close())
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("at byte")
                .hasMessageContaining(check)
                .satisfies(e -> assertThat(offset == null || ((BlobException) e).offset() == offset)
                        .as(e.getMessage())
                        .isTrue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"zfile-blockmid-bitflip.zfile", "zfile-blockmid-crc.zfile"})
    void aDamagedBlockFailsWhenItIsRead(String name) throws IOException {
        try (LayeredImage image = open("corrupt/" + name)) {
            assertThatThrownBy(() -> golden.hash(image))
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageContaining("CRC is");
        }
    }

    @Test
    void aFlippedBitOfAPlainLayerIsNotSeen() throws IOException {
        JsonNode expected = Golden.named("corrupt/lsmt-data-bitflip.lsmt");
        try (LayeredImage image = open("corrupt/lsmt-data-bitflip.lsmt")) {
            assertThat(expected.get("upstream_result").asText()).contains(golden.hash(image));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"partial-entry", "beyond-data", "invalid-padding"})
    void whatACrashLeavesAtTheEndOfAnIndexIsCutOff(String name) throws IOException {
        String expected = Golden.named("corrupt/rw-index-beyond-data.index")
                .get("intact_flat_sha256")
                .asText();
        try (LayeredImage image = openPair(name)) {
            if (name.equals("partial-entry")) {
                // The last operation of the log is the torn one.
                assertThat(Files.size(dir.resolve("corrupt-rw-index-partial-entry.index")) % 16)
                        .isZero();
            } else {
                assertThat(golden.hash(image)).isEqualTo(expected);
            }
        }
    }

    @Test
    void anEmptyIndexIsAnEmptyDisk() throws IOException {
        JsonNode expected = Golden.named("corrupt/rw-index-empty.index");
        try (LayeredImage image = openPair("empty")) {
            assertThat(expected.get("upstream_result").asText()).contains(golden.hash(image));
        }
    }

    @Test
    void aSealedIndexFileIsRefused() {
        assertThatThrownBy(() -> openPair("header-sealed"))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("LSMT index header: flags 0x5");
    }

    private LayeredImage openPair(String index) throws IOException {
        Path data = dir.resolve(index + "-data");
        Files.copy(Golden.file("corrupt/base/rw-small/data"), data);
        return LayeredImage.open(
                List.of(), WritableLayer.open(data, Golden.copy("corrupt/rw-index-" + index + ".index", dir)));
    }

    private static LayeredImage open(String name) throws IOException {
        FileBlob blob = FileBlob.open(Golden.file(name));
        try {
            return LayeredImage.open(List.of(Layer.open(blob)), null);
        } catch (IOException e) {
            blob.close();
            throw e;
        }
    }
}
