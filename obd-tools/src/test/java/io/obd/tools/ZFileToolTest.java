package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZFileToolTest {
    @TempDir
    private Path dir;

    private Path target;

    @BeforeEach
    void name() {
        target = dir.resolve("target");
    }

    @ParameterizedTest
    @CsvSource({"lz4,4", "lz4,16", "zstd,4", "zstd,16"})
    void theResultIsThatOfTheOriginal(String algorithm, int kilobytes) throws Exception {
        for (String name : new String[] {"mixed-300k", "rand-70k"}) {
            Path source = Golden.blocks("zfile/" + name + ".bin");

            ToolRun run = ToolRun.of("zfile", "-f", "--algorithm", algorithm, "--bs", kilobytes, source, target);

            assertThat(run)
                    .isEqualTo(new ToolRun(
                            0, "compress file " + source + " as " + target + "\ncompress file done.\n", ""));
            ZFiles.assertSame(target, Golden.blocks("zfile/" + name + "." + algorithm + "." + kilobytes + "k.zfile"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "one", "4095", "4096", "4097"})
    void smallFilesAreAsTheOriginalWritesThem(String name) throws Exception {
        ToolRun.of("zfile", Golden.blocks("zfile/" + name + ".bin"), target).orFail();

        ZFiles.assertSame(target, Golden.blocks("zfile/" + name + ".lz4.4k.zfile"));
    }

    @Test
    void theTarWrapperIsThatOfTheOriginal() throws Exception {
        ToolRun.of("zfile", "-t", Golden.blocks("zfile/mixed-300k.bin"), target).orFail();

        ZFiles.assertSame(target, Golden.blocks("zfile/mixed-300k.lz4.4k.tar.zfile"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mixed-300k.lz4.4k.zfile",
                "mixed-300k.lz4.64k.zfile",
                "mixed-300k.zstd.16k.zfile",
                "mixed-300k.lz4.4k.tar.zfile"
            })
    void extractingGivesTheFileBack(String name) throws Exception {
        Path source = Golden.blocks("zfile/" + name);

        ToolRun run = ToolRun.of("zfile", "-x", source, target);

        assertThat(run)
                .isEqualTo(new ToolRun(
                        0, "decompress file " + source + " as " + target + "\ndecompress file done.\n", ""));
        assertThat(target).hasSameBinaryContentAs(Golden.blocks("zfile/mixed-300k.bin"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rwx------");
    }

    @Test
    void whatIsNoZFileIsNotExtracted() {
        Path source = Golden.blocks("zfile/mixed-300k.bin");

        assertThat(ToolRun.of("zfile", "-x", source, target))
                .isEqualTo(new ToolRun(
                        255,
                        "decompress file " + source + " as " + target + "\n",
                        "format error! " + source + " should be a zfile.\n"));
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void intactFilesAreVerified() {
        for (String name :
                new String[] {"mixed-300k.zstd.4k.zfile", "mixed-300k.lz4.4k.tar.zfile", "empty.lz4.4k.zfile"}) {
            Path file = Golden.blocks("zfile/" + name);

            assertThat(ToolRun.of("zfile", "--verify", file))
                    .isEqualTo(new ToolRun(0, file + " is a valid zfile blob.\n", ""));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "zfile-block0-bitflip.zfile, ZFile block 0: CRC is",
        "zfile-blockmid-crc.zfile, CRC is",
        "zfile-header-digest.zfile, ZFile header: digest is",
        "zfile-index-crc.zfile, jump table: CRC is",
        "zfile-truncated.zfile, ZFile",
        "zfile-bs3000.zfile, block_size is 3000",
        "lsmt-short.lsmt, ZFile header",
    })
    void damagedFilesAreReportedWithTheCheckThatFailed(String name, String reason) {
        Path file = Golden.blocks("corrupt/" + name);

        ToolRun run = ToolRun.of("zfile", "--verify", file);

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).isEqualTo(file + " is not a valid zfile blob or checksum can't be found.\n");
        assertThat(run.err()).contains(file.toString(), reason);
    }

    @Test
    void aDamagedFileIsNotExtracted() {
        ToolRun run = ToolRun.of("zfile", "-x", Golden.blocks("corrupt/zfile-blockmid-bitflip.zfile"), target);

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("ZFile block", "CRC is");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void anExistingTargetIsReplacedOnlyWhenForced() throws Exception {
        Path source = Golden.blocks("zfile/one.bin");
        Files.writeString(target, "mine");

        assertThat(ToolRun.of("zfile", source, target).err())
                .isEqualTo("failed to open file '" + target + "', 17: File exists\n");
        assertThat(target).hasContent("mine");

        ToolRun.of("zfile", "-f", source, target).orFail();
        assertThat(target).hasSameBinaryContentAs(Golden.blocks("zfile/one.lz4.4k.zfile"));
    }

    @Test
    void wrongArgumentsAreRefused() {
        Path source = Golden.blocks("zfile/one.bin");

        for (String size : new String[] {"0", "2", "5", "128", "-4"}) {
            assertThat(ToolRun.of("zfile", "--bs=" + size, source, target))
                    .isEqualTo(new ToolRun(255, "", "invalid '--bs' parameters.\n"));
        }
        assertThat(ToolRun.of("zfile", "--bs", "big", source, target).exitCode())
                .isEqualTo(105);
        assertThat(ToolRun.of("zfile", "--algorithm", "lzo", source, target))
                .isEqualTo(new ToolRun(255, "", "invalid '--algorithm' parameters: lzo\n"));
        assertThat(ToolRun.of("zfile").exitCode()).isEqualTo(106);
        assertThat(ToolRun.of("zfile", "-x", source).exitCode()).isEqualTo(106);
        assertThat(ToolRun.of("zfile", source, target, "third").exitCode()).isEqualTo(109);
        assertThat(ToolRun.of("zfile", dir.resolve("none"), target))
                .isEqualTo(new ToolRun(
                        105,
                        "",
                        "source_file: File does not exist: " + dir.resolve("none")
                                + "\nRun with --help for more information.\n"));
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aDirectoryIsNoSourceAndIsNamed() {
        assertThat(ToolRun.of("zfile", dir, dir.resolve("target")))
                .isEqualTo(new ToolRun(
                        105,
                        "",
                        "source_file: File is a directory: " + dir + "\nRun with --help for more information.\n"));
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void anEmptyNameIsNoSource() {
        assertThat(ToolRun.of("zfile", "", dir.resolve("target")).err())
                .startsWith("source_file: File does not exist: \n");
    }
}
