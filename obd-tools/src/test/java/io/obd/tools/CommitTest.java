package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommitTest {
    private static final ToolRun DONE = new ToolRun(0, "overlaybd-commit has committed files SUCCESSFULLY\n", "");

    @TempDir
    private Path dir;

    private Path data;
    private Path index;
    private Path result;

    @BeforeEach
    void copyPair() throws IOException {
        data = copy("data");
        index = copy("index");
        result = dir.resolve("result");
    }

    private Path copy(String name) throws IOException {
        return Files.copy(Golden.blocks("lsmt/rw-log-1").resolve(name), dir.resolve(name));
    }

    @ParameterizedTest
    @CsvSource({
        "lz4-4k.zfile,-z",
        "lz4-8k.zfile,-z --bs 8",
        "lz4-16k.zfile,-z=true --bs=16",
        "lz4-4k-mt.zfile,-z --compress_threads 4",
        "zstd-4k.zfile,-z --algorithm zstd",
        "zstd-16k.zfile,-z --algorithm zstd --bs 16",
        "lz4-4k-tar.obd,-zt",
        "zstd-16k-tar.obd,-z -t --algorithm=zstd --bs 16 --compress_threads=2",
    })
    void compressedResultsAreThoseOfTheOriginal(String golden, String options) throws Exception {
        Object[] arguments = Stream.of(options.split(" "), new Object[] {data, index, result})
                .flatMap(Stream::of)
                .toArray();

        assertThat(ToolRun.of("commit", arguments)).isEqualTo(DONE);
        ZFiles.assertSame(result, Golden.blocks("lsmt/commit-1").resolve(golden));
    }

    @Test
    void theResultIsThatOfTheOriginalByteForByte() {
        assertThat(ToolRun.of("commit", data, index, result)).isEqualTo(DONE);
        assertThat(result).hasSameBinaryContentAs(Golden.blocks("lsmt/commit-1/raw.lsmt"));
    }

    @Test
    void identityAndTagAreThoseOfTheOriginal() {
        ToolRun run = ToolRun.of(
                "commit",
                data,
                index,
                result,
                "--uuid",
                "6F0E1A52-3C77-4B0E-9A3B-0C1D2E3F4A5B",
                "-p",
                "1B2C3D4E-5F60-4712-8A9B-ACBDCEDFE0F1",
                "-m",
                "hello overlaybd 例");

        assertThat(run).isEqualTo(DONE);
        assertThat(result).hasSameBinaryContentAs(Golden.blocks("lsmt/commit-1/raw-uuid.lsmt"));
    }

    @Test
    void aSparsePairIsCommitted() throws Exception {
        Shell.run("tar", "-xSf", Golden.blocks("lsmt/rw-sparse-1/pair.sparse.tar"), "-C", dir);

        assertThat(ToolRun.of("commit", "-z", data, index, result)).isEqualTo(DONE);
        ZFiles.assertSame(result, Golden.blocks("lsmt/rw-sparse-1/commit-lz4.zfile"));
    }

    @Test
    void aTurboOciPairIsCommittedAsOne() throws Exception {
        Files.delete(data);
        Files.delete(index);
        ToolRun.of("create", "--turboOCI", "--mkfs", data, index, 1).orFail();

        assertThat(ToolRun.of("commit", data, index, result))
                .isEqualTo(new ToolRun(255, "", data + " and " + index + " are a turboOCI layer: give --turboOCI\n"));
        assertThat(ToolRun.of("commit", "--fastoci", "-z", data, index, result)).isEqualTo(DONE);
        assertThat(ZFiles.content(result)).isNotEmpty();
    }

    @Test
    void aSealedLayerIsThatOfTheOriginalAsFarAsItWritesWhatItMeans() throws Exception {
        assertThat(ToolRun.of("commit", "--seal", data, index)).isEqualTo(DONE);

        byte[] ours = Files.readAllBytes(data);
        byte[] theirs = Files.readAllBytes(Golden.blocks("lsmt/sealed-1/sealed.lsmt"));
        int end = endOfIndex(theirs);
        int trailer = theirs.length - 4096;
        assertThat(ours).hasSameSizeAs(theirs);
        assertThat(Arrays.copyOf(ours, end)).isEqualTo(Arrays.copyOf(theirs, end));
        // The original leaves here what was in memory.
        assertThat(Arrays.copyOfRange(ours, end, trailer)).containsOnly(0);
        assertThat(Arrays.copyOfRange(ours, trailer, ours.length))
                .isEqualTo(Arrays.copyOfRange(theirs, trailer, theirs.length));
        assertThat(index).exists();
    }

    private static int endOfIndex(byte[] sealed) {
        ByteBuffer trailer =
                ByteBuffer.wrap(sealed, sealed.length - 4096, 4096).slice().order(ByteOrder.LITTLE_ENDIAN);
        return (int) (trailer.getLong(32) + 16 * trailer.getLong(40));
    }

    @Test
    void aSealedLayerIsCommitted() {
        Path sealed = Golden.blocks("lsmt/sealed-1/sealed.lsmt");

        assertThat(ToolRun.of("commit", "--commit_sealed", sealed, result)).isEqualTo(DONE);
        assertThat(result).hasSameBinaryContentAs(Golden.blocks("lsmt/sealed-1/from-sealed.lsmt"));
    }

    @Test
    void aLayerThatIsNotSealedIsNotCommittedAsOne() {
        ToolRun run = ToolRun.of("commit", "--commit_sealed", data, result);

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith(data.toString()).contains("trailer");
        assertThat(result).doesNotExist();
    }

    @Test
    void theTarWrapperIsThereWithoutCompressionToo() throws Exception {
        assertThat(ToolRun.of("commit", "-t", data, index, result)).isEqualTo(DONE);

        byte[] plain = Files.readAllBytes(Golden.blocks("lsmt/commit-1/raw.lsmt"));
        byte[] wrapped = Files.readAllBytes(result);
        assertThat(wrapped).hasSize(1536 + plain.length + 1024);
        assertThat(Arrays.copyOfRange(wrapped, 1536, 1536 + plain.length)).isEqualTo(plain);
    }

    @Test
    void anExistingResultIsReplacedOnlyWhenForced() throws Exception {
        Files.writeString(result, "mine");

        assertThat(ToolRun.of("commit", data, index, result))
                .isEqualTo(new ToolRun(255, "", "failed to open file '" + result + "', 17: File exists\n"));
        assertThat(result).hasContent("mine");

        assertThat(ToolRun.of("commit", "-f", data, index, result)).isEqualTo(DONE);
        assertThat(result).hasSameBinaryContentAs(Golden.blocks("lsmt/commit-1/raw.lsmt"));
    }

    @Test
    void aTagHasAtMost256Bytes() {
        assertThat(ToolRun.of("commit", "-m", "x".repeat(257), data, index, result))
                .isEqualTo(new ToolRun(
                        255, "", "the user tag is longer than 256 bytes, 105: No buffer space available\n"));
        assertThat(ToolRun.of("commit", "-m", "x".repeat(256), data, index, result))
                .isEqualTo(DONE);
    }

    @Test
    void optionsOfCompressionWithoutItAreWarnedOf() {
        assertThat(ToolRun.of("commit", "--bs", 16, data, index, result))
                .isEqualTo(new ToolRun(
                        0, DONE.out(), "WARNING option '--bs' and '--algorithm' will be ignored without '-z'\n"));
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThat(ToolRun.of("commit", "-z", "--bs", 128, data, index, result))
                .isEqualTo(new ToolRun(255, "", "invalid '--bs' parameters.\n"));
        assertThat(ToolRun.of("commit", "-z", "--algorithm", "gzip", data, index, result)
                        .exitCode())
                .isEqualTo(255);
        assertThat(ToolRun.of("commit", "--uuid", "abc", data, index, result).exitCode())
                .isEqualTo(105);
        assertThat(ToolRun.of("commit", "-z", "--compress_threads", 0, data, index, result)
                        .exitCode())
                .isEqualTo(105);
        assertThat(ToolRun.of("commit", dir.resolve("none"), index, result).exitCode())
                .isEqualTo(105);
        assertThat(ToolRun.of("commit").exitCode()).isEqualTo(106);
        assertThat(ToolRun.of("commit", data, index))
                .isEqualTo(new ToolRun(106, "", "commit_file is required\nRun with --help for more information.\n"));
        assertThat(ToolRun.of("commit", data, index, result, "more").exitCode()).isEqualTo(109);
        assertThat(ToolRun.of("commit", "--commit_sealed", data, result, "more").exitCode())
                .isEqualTo(109);
        assertThat(ToolRun.of("commit", "--seal", "-z", data, index).exitCode()).isEqualTo(105);
        assertThat(result).doesNotExist();
    }

    @Test
    void aDamagedPairIsRefusedWithTheCheckThatFailed() throws Exception {
        Files.copy(Golden.blocks("corrupt/rw-index-header-sealed.index"), index, StandardCopyOption.REPLACE_EXISTING);

        ToolRun run = ToolRun.of("commit", data, index, result);

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith(index + ": at byte 28: ").contains("flags 0x5");
        assertThat(result).doesNotExist();
    }
}
