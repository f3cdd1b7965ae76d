package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InspectTest {

    @Test
    void blobsAreListedWithTheirSizes() {
        assertThat(inspect("v6-none/base.boot", "blobs").out())
                .isEqualToIgnoringNewLines(
                        "[{\"blob_id\":\"28c9e2c4d5d418365d4fc70febf590896ada0a73e0c46d5a0696d1c89bfe5c0b\","
                                + "\"compressed_size\":1441765,\"decompressed_size\":2428928,"
                                + "\"readahead_offset\":0,\"readahead_size\":0}]");
    }

    @Test
    void namesAreCountedInVersion6AndFilesInVersion5() {
        assertThat(inspect("v6-none/base.boot", "stats").out()).isEqualToIgnoringNewLines("{\"inodes_count\":427}");
        assertThat(inspect("v5-none/base.boot", "stats").out()).isEqualToIgnoringNewLines("{\"inodes_count\":424}");
    }

    @Test
    void filesToPrefetchHaveTheirPaths() {
        assertThat(inspect("v6-opt-prefetch/base.boot", "prefetch").out())
                .containsSubsequence("[\"/etc/\"]", "[\"/text1m3.txt\"]", "[\"/usr/bin/tool\"]");
        assertThat(inspect("v5-opt-prefetch-aligned/base.boot", "prefetch").out())
                .containsSubsequence("[\"/etc/\"]", "[\"/text1m3.txt/\"]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"list", "cd", "stats now", "chunk five", "icheck -", "icheck 987654321", "stat none", ""})
    void whatCannotBeAskedIsRefused(String request) {
        Command inspect = inspect("v6-none/base.boot", request);

        assertThat(inspect.exitCode()).isEqualTo(1);
        assertThat(inspect.out()).isEmpty();
        assertThat(inspect.err()).startsWith("nydus-image inspect: ");
    }

    @Test
    void thePromptGoesThroughTheTree() {
        assertThat(prompt("v6-none/base.boot", "cd a", "ls", "cd b", "cd ..", "cd ..", "cd ..", "ls")
                        .lines())
                .anyMatch(line -> line.matches(".* d    \\d+ +\"b\""))
                .anyMatch(line -> line.endsWith(" \"!bang\""))
                .anyMatch(line -> line.startsWith("l ") && line.endsWith(" \"dangling\""));
    }

    @Test
    void aFileIsShownWithItsChunks() {
        assertThat(prompt("v5-none/base.boot", "cd dup", "stat a.bin"))
                .contains("Name:               \"a.bin\"")
                .contains("Size:               30000")
                .contains("Mode:               0x81A4")
                .contains("Permissions:        100644")
                .contains("Mtime:              1700034617")
                .contains("MtimeNsec:          479011996")
                .contains("Chunk list:")
                .contains("compressed size: 30000, decompressed size: 30000");
    }

    @Test
    void allFilesThatShareAChunkAreFound() {
        String shown = prompt("v5-none/base.boot", "cd dup", "stat a.bin");
        String offset =
                shown.substring(shown.indexOf("compressed offset: ") + 19, shown.indexOf(", decompressed offset"));

        assertThat(prompt("v5-none/base.boot", "chunk " + offset))
                .contains(String.format("File: %-32s Parent Path: %-32s", "a.bin", "/dup/"))
                .contains(String.format("File: %-32s Parent Path: %-32s", "copy.bin", "/dup/sub/"));
    }

    @Test
    void anInodeIsFoundUnderAllItsNames() {
        String number = prompt("v5-none/base.boot", "stat empty")
                .lines()
                .filter(line -> line.startsWith("Inode Number: "))
                .map(line -> line.substring("Inode Number: ".length()).strip())
                .findFirst()
                .orElseThrow();

        assertThat(prompt("v5-none/base.boot", "icheck " + number).lines())
                .contains("Inspecting RAFS :> /empty", "/hl/empty2");
    }

    @Test
    void theImageAndItsBlobsAreDescribed() {
        assertThat(prompt("v6-zstd/base.boot", "stats", "blobs", "help"))
                .contains("Version:                6")
                .contains("Chunk Size:             1024KB")
                .contains("Flags:                  HASH_BLAKE3 | EXPLICIT_UID_GID | HAS_XATTR | COMPRESSION_ZSTD"
                        + " | ENCRYPTION_NONE")
                .contains("Blob Index:             0")
                .contains("Compressor:             zstd")
                .contains("icheck INODE");
    }

    @Test
    void anAnswerInTextEndsWithNull() {
        assertThat(inspect("v6-none/base.boot", "ls").out().lines()).last().isEqualTo("null");
    }

    @Test
    void theImageAndItsBlobsAreDescribedAsTheOriginalDescribesThem() {
        assertThat(prompt("v6-opt-prefetch/base.boot", "stats", "blobs"))
                .contains("Prefetch table entries: 0x3")
                .contains("Compressed Data Size:   215422")
                .contains("Mapped Block Address:   128")
                .contains("Features:               ALIGNED | CAP_TAR_TOC")
                .contains("Digester:               Blake3")
                .contains("Meta Offset:            215422");
        assertThat(prompt("v5-none/base.boot", "stats", "blobs"))
                .contains("Chunk table size:       0x0")
                .contains("Mapped Block Address:   0")
                .contains("Features:               CAP_TAR_TOC");
    }

    @Test
    void whatIsTypedWrongIsSaidAndTheNextIsAnswered() {
        assertThat(prompt("v6-none/base.boot", "", "cd empty", "cd none", "bogus", "stats"))
                .contains("empty is not a directory")
                .contains("none is not in this directory")
                .contains("unsupported inspect request 'bogus'")
                .contains("Inodes Count: ");
    }

    private static String prompt(String image, String... lines) {
        Command inspect = Command.runWith(
                String.join("\n", lines) + "\nexit\nnot read",
                "inspect",
                Command.golden(image).toString());
        assertThat(inspect.exitCode()).as(inspect.err()).isZero();
        assertThat(inspect.out()).doesNotContain("not read");
        return inspect.out();
    }

    private static Command inspect(String image, String request) {
        return Command.run("inspect", Command.golden(image).toString(), "-R", request);
    }
}
