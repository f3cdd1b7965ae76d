package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InspectTest {
    private static final Path GOLDEN = Path.of("../lsmt-format/src/test/resources/golden");

    @TempDir
    private Path dir;

    @Test
    void aLayerIsDescribedLineByLine() {
        ObdRun inspect = ObdRun.of("inspect", ObdRun.GOLDEN.resolve("layer-A.obd"));

        assertThat(inspect.err()).isEmpty();
        assertThat(inspect.out().lines())
                .contains(
                        "kind:         committed layer",
                        "size:         285184 bytes",
                        "digest:       sha256:56a4abb1daaa0c5b4144ff5919149dfd5a234878d8aabf2e7743da8510687fbd",
                        "wrapper:      tar",
                        "virtual size: 1073741824 bytes (1024.0 MiB)",
                        "parent uuid:  00000000-0000-0000-0000-000000000000");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lsmt/commit-1/raw.lsmt|committed layer",
                "lsmt/sealed-1/sealed.lsmt|sealed layer, was a log",
                "lsmt/rw-log-1/data|data file of a writable layer, a log",
                "lsmt/rw-log-1/index|index file of a writable layer",
                "zfile/mixed-300k.zstd.16k.zfile|compressed file (ZFile), no layer",
                "zfile/mixed-300k.bin|no overlaybd file",
                "turbooci/ext4-gz.fs.meta|TurboOCI layer, the content of its files is in the original layer",
            })
    void filesAreToldApart(String file, String kind) {
        ObdRun inspect = ObdRun.of("inspect", GOLDEN.resolve(file));

        assertThat(inspect.err()).isEmpty();
        assertThat(inspect.out().lines()).contains("kind:         " + kind);
    }

    @Test
    void theLayersOfASpecificationAreDescribedOneByOne() throws Exception {
        ObdRun inspect = ObdRun.of("inspect", ObdRun.config(dir, "A", "B"));

        assertThat(inspect.out().lines())
                .contains("layer:        1 of 2", "layer:        2 of 2")
                .filteredOn(line -> line.startsWith("compression:"))
                .hasSize(2);
    }

    @Test
    void damageIsTold() {
        ObdRun inspect = ObdRun.of("inspect", GOLDEN.resolve("corrupt/zfile-index-crc.zfile"));

        assertThat(inspect.exitCode()).isEqualTo(1);
        assertThat(inspect.err()).contains("ZFile jump table").hasLineCount(1);
    }
}
