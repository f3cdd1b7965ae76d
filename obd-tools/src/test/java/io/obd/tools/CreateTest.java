package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.lsmt.WritableLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreateTest {
    private static final String DONE = "overlaybd-create has created files SUCCESSFULLY\n";
    private static final long GB = 1L << 30;

    @TempDir
    private Path dir;

    private Path data;
    private Path index;

    @BeforeEach
    void names() {
        data = dir.resolve("data");
        index = dir.resolve("index");
    }

    @Test
    void aNewLayerHasTheSizeThatWasAskedFor() throws Exception {
        assertThat(ToolRun.of("create", data, index, 1)).isEqualTo(new ToolRun(0, DONE, ""));

        try (WritableLayer layer = WritableLayer.open(data, index)) {
            assertThat(layer.virtualSize()).isEqualTo(GB);
            assertThat(layer.parentUuid()).isEqualTo(new UUID(0, 0));
        }
    }

    @Test
    void theParentIsKept() throws Exception {
        UUID parent = UUID.randomUUID();

        ToolRun.of("create", data, index, 0, "-u", parent).orFail();

        try (WritableLayer layer = WritableLayer.open(data, index)) {
            assertThat(layer.parentUuid()).isEqualTo(parent);
        }
    }

    @Test
    void anExistingFileIsNotTouched() throws Exception {
        Files.writeString(index, "mine");

        ToolRun run = ToolRun.of("create", data, index, 1);

        assertThat(run).isEqualTo(new ToolRun(255, "", "failed to open file '" + index + "', 17: File exists\n"));
        assertThat(files()).containsExactly("index");
        assertThat(index).hasContent("mine");
    }

    @Test
    void oneNameForBothFilesIsRefused() {
        assertThat(ToolRun.of("create", data, dir.resolve("./data"), 1))
                .isEqualTo(new ToolRun(
                        105,
                        "",
                        "data_file and index_file are the same file: " + data
                                + "\nRun with --help for more information.\n"));
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void nothingStaysIfTheIndexCannotGetItsName() throws Exception {
        Path real = Files.createDirectory(dir.resolve("real"));
        Path link = Files.createSymbolicLink(dir.resolve("link"), real);

        ToolRun run = ToolRun.of("create", real.resolve("x"), link.resolve("x"), 1);

        assertThat(run)
                .isEqualTo(new ToolRun(255, "", "failed to open file '" + link.resolve("x") + "', 17: File exists\n"));
        assertThat(real).isEmptyDirectory();
    }

    @Test
    void anEmptyNameIsThatOfNothing() {
        assertThat(ToolRun.of("create", "", index, 1))
                .isEqualTo(new ToolRun(255, "", "failed to open file '', 2: No such file or directory\n"));
    }

    @Test
    void aMissingDirectoryIsNamed() {
        Path nowhere = dir.resolve("nowhere/data");

        assertThat(ToolRun.of("create", nowhere, index, 1))
                .isEqualTo(
                        new ToolRun(255, "", "failed to open file '" + nowhere + "', 2: No such file or directory\n"));
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aRawDiskIsASparseFile() throws Exception {
        ToolRun.of("create", data, index, 2, "--raw").orFail();

        assertThat(Files.size(data)).isEqualTo(2 * GB);
        assertThat(index).isEmptyFile();
    }

    @Test
    void aRawDiskCanHaveAFileSystem() {
        ToolRun.of("create", data, index, 1, "--raw", "--mkfs").orFail();

        assertThat(Shell.run("e2fsck", "-f", "-n", data)).contains("11/65536 files");
    }

    @Test
    void aSparseLayerIsAsLongAsItsDisk() throws Exception {
        ToolRun.of("create", "-s", data, index, 1).orFail();

        assertThat(Files.size(data)).isEqualTo(GB + 4096);
        assertThat(index).isEmptyFile();
    }

    @Test
    void aTurboOciLayerKeepsItsFileSystemPlain() {
        ToolRun.of("create", "--turboOCI", "-s", "--mkfs", data, index, 1).orFail();

        assertThat(Shell.run("e2fsck", "-f", "-n", data)).contains("11/65536 files");
        assertThat(index).isNotEmptyFile();
    }

    @Test
    void aPlainDiskHasNoPlaceForWhatALayerHas() {
        assertThat(ToolRun.of("create", "--raw", "-s", data, index, 1).exitCode())
                .isEqualTo(105);
    }

    @Test
    void twoRunsMakeTheSameFileSystem() throws Exception {
        Path other = dir.resolve("other");
        ToolRun.of("create", data, index, 1, "--mkfs").orFail();
        ToolRun.of("create", other, dir.resolve("other-index"), 1, "--mkfs").orFail();
        ToolRun.of("commit", data, index, dir.resolve("one")).orFail();
        ToolRun.of("commit", other, dir.resolve("other-index"), dir.resolve("two"))
                .orFail();

        assertThat(dir.resolve("one")).hasSameBinaryContentAs(dir.resolve("two"));
    }

    @Test
    void wrongArgumentsHaveTheExitCodesOfTheOriginal() {
        assertThat(ToolRun.of("create", data, index).exitCode()).isEqualTo(106);
        assertThat(ToolRun.of("create", data, index, 1, 2).exitCode()).isEqualTo(109);
        assertThat(ToolRun.of("create", data, index, 1, "--unknown").exitCode()).isEqualTo(109);
        assertThat(ToolRun.of("create", data, index, "many").exitCode()).isEqualTo(105);
        assertThat(ToolRun.of("create", data, index, "-1").exitCode()).isNotZero();
        assertThat(ToolRun.of("create", data, index, 1, "-u", "6F0E1A52").exitCode())
                .isEqualTo(105);
        assertThat(ToolRun.of("create", data, index, 0, "--mkfs").exitCode()).isEqualTo(105);
        assertThat(ToolRun.of("create", "--help").exitCode()).isZero();
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aMissingArgumentIsNamed() {
        assertThat(ToolRun.of("create", data))
                .isEqualTo(new ToolRun(106, "", "index_file is required\nRun with --help for more information.\n"));
    }

    private Stream<String> files() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }
}
