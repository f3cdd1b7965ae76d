package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class FsckTest {
    private static final Path CORRUPT = Path.of("../lsmt-format/src/test/resources/golden/corrupt");

    /** Odd, but to be accepted; or damaged where nothing can tell. */
    private static final Set<String> CLEAN = Set.of(
            "lsmt-data-bitflip.lsmt",
            "lsmt-header-unknown-flags.lsmt",
            "lsmt-header-version9.lsmt",
            "lsmt-header-vsize-differs.lsmt",
            "lsmt-index-tags.lsmt",
            "tar-no-end-blocks.obd",
            "zfile-legacy-garbage-header.zfile",
            "zfile-no-digest-flag.zfile",
            "zfile-no-trailer.zfile");

    @TempDir
    private Path dir;

    @TestFactory
    List<DynamicTest> everyDamagedFileHasAFault() throws IOException {
        try (Stream<Path> files = Files.list(CORRUPT)) {
            return files.filter(file -> file.getFileName().toString().matches("(lsmt|zfile|tar)-.*"))
                    .sorted()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> checkVerdict(file)))
                    .toList();
        }
    }

    private static void checkVerdict(Path file) {
        ObdRun fsck = ObdRun.of("fsck", file);

        if (CLEAN.contains(file.getFileName().toString())) {
            assertThat(fsck.out()).isEqualTo(file + ": clean\n");
            assertThat(fsck.exitCode()).isZero();
        } else {
            assertThat(fsck.out().lines()).isNotEmpty().allMatch(line -> line.matches(".*: at byte [0-9]+: .+"));
            assertThat(fsck.exitCode()).isEqualTo(1);
        }
    }

    @Test
    void anImageOfTheOriginalHasNoFaults() throws Exception {
        Path config = ObdRun.config(dir, "A", "B", "C");

        ObdRun fsck = ObdRun.of("fsck", config);

        assertThat(fsck.out()).isEqualTo(config + ": clean\n");
        assertThat(fsck.err()).isEmpty();
        assertThat(fsck.exitCode()).isZero();
    }

    @Test
    void everyDamagedBlockIsNamed() throws Exception {
        byte[] bytes = Files.readAllBytes(ObdRun.GOLDEN.resolve("layer-A.obd"));
        bytes[100_000] ^= 1;
        bytes[200_000] ^= 1;
        Path damaged = Files.write(dir.resolve("damaged.obd"), bytes);

        JsonNode fsck =
                new ObjectMapper().readTree(ObdRun.of("fsck", "--json", damaged).bytes());

        assertThat(fsck.get("clean").asBoolean()).isFalse();
        assertThat(fsck.get("faults")).hasSize(2).allSatisfy(fault -> {
            assertThat(fault.get("rule").asText()).matches("ZFile block [0-9]+: CRC is .*");
            assertThat(fault.get("file").asText()).startsWith(damaged.toString());
        });
    }

    @Test
    void aDigestThatDiffersFromTheSpecificationIsAFault() throws Exception {
        Path config = Files.writeString(
                dir.resolve("config.v1.json"),
                "{\"lowers\": [{\"file\": \"" + ObdRun.GOLDEN.resolve("layer-A.obd") + "\", \"size\": 5, \"digest\":"
                        + " \"sha256:" + "0".repeat(64) + "\"}]}");

        assertThat(ObdRun.of("fsck", config).out().lines())
                .anyMatch(line -> line.endsWith(": at byte 0: size is 285184, not 5"))
                .anyMatch(line -> line.contains(": at byte 0: digest is sha256:56a4abb1daaa"));
    }

    @Test
    void anImageThatIsNotThereCouldNotBeChecked() {
        assertThat(ObdRun.of("fsck", dir.resolve("none")).exitCode()).isEqualTo(2);
    }
}
