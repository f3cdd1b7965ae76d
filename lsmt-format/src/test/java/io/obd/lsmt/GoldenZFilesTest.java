package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.Codec;
import io.obd.block.FileBlob;
import io.obd.block.TruncatedBlobException;
import io.obd.lsmt.blob.BlobTarget;
import io.obd.lsmt.blob.BlobWriter;
import io.obd.lsmt.blob.BlockTooLongException;
import io.obd.lsmt.blob.MissingChecksumsException;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ZFiles of the original, those that it cannot read itself among them. */
class GoldenZFilesTest {
    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> everyZFileHoldsItsPlainFile() {
        return Golden.cases()
                .filter(c -> c.get("name").asText().startsWith("zfile/"))
                .map(c -> DynamicTest.dynamicTest(
                        c.get("name").asText(),
                        () -> assertHolds(
                                Golden.file(c.get("name").asText()),
                                "zfile/" + c.get("plain").asText())));
    }

    @TestFactory
    Stream<DynamicTest> everyZFilePassesItsChecks() {
        return Golden.cases()
                .map(c -> c.get("name").asText())
                .filter(name -> name.startsWith("zfile/"))
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    try (ZFile zfile = ZFile.open(TarWrapper.unwrap(FileBlob.open(Golden.file(name))))) {
                        zfile.verify();
                    }
                }));
    }

    /** What {@code overlaybd-zfile} makes: the index in the trailer only. The compressed bytes are those of other library versions. */
    @ParameterizedTest
    @CsvSource({
        "empty.lz4.4k.zfile, empty.bin, LZ4, 4096, false",
        "empty.zstd.4k.zfile, empty.bin, ZSTD, 4096, false",
        "one.lz4.4k.zfile, one.bin, LZ4, 4096, false",
        "4095.lz4.4k.zfile, 4095.bin, LZ4, 4096, false",
        "4096.zstd.4k.zfile, 4096.bin, ZSTD, 4096, false",
        "4097.lz4.4k.zfile, 4097.bin, LZ4, 4096, false",
        "mixed-300k.lz4.4k.zfile, mixed-300k.bin, LZ4, 4096, false",
        "mixed-300k.lz4.4k.tar.zfile, mixed-300k.bin, LZ4, 4096, true",
        "mixed-300k.lz4.16k.zfile, mixed-300k.bin, LZ4, 16384, false",
        "mixed-300k.zstd.4k.zfile, mixed-300k.bin, ZSTD, 4096, false",
        "mixed-300k.zstd.16k.zfile, mixed-300k.bin, ZSTD, 16384, false",
        "rand-70k.lz4.4k.zfile, rand-70k.bin, LZ4, 4096, false",
        "rand-70k.zstd.16k.zfile, rand-70k.bin, ZSTD, 16384, false",
    })
    void theSameHeaderAndContentAreWritten(String name, String plain, Codec codec, int blockSize, boolean tar)
            throws IOException {
        Path written = dir.resolve("zfile");
        ZFileOptions options = new ZFileOptions(codec, blockSize).withHeaderOverwritten(false);
        try (InputStream source = Files.newInputStream(Golden.file("zfile/" + plain));
                BlobWriter writer = BlobWriter.create(BlobTarget.newFile(written), options, tar)) {
            writer.transferFrom(source);
            writer.finish();
        }

        assertHolds(written, "zfile/" + plain);
        int start = tar ? 3 * 512 : 0;
        assertThat(header(written, start)).isEqualTo(header(Golden.file("zfile/" + name), start));
    }

    private static byte[] header(Path file, int start) throws IOException {
        return Arrays.copyOfRange(Files.readAllBytes(file), start, start + 512);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixed-300k.bin", "rand-70k.bin"})
    void largeBlocksThatTheOriginalCannotReadBackAreNotWritten(String plain) throws IOException {
        ZFileOptions options = new ZFileOptions(Codec.LZ4, 64 << 10).withHeaderOverwritten(false);
        try (InputStream source = Files.newInputStream(Golden.file("zfile/" + plain));
                BlobWriter writer = BlobWriter.create(BlobTarget.newFile(dir.resolve("zfile")), options, false)) {
            assertThatThrownBy(() -> {
                        writer.transferFrom(source);
                        writer.finish();
                    })
                    .isInstanceOf(BlockTooLongException.class)
                    .hasMessageContaining("of 65536 bytes becomes 65798");
        }
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aFileWithoutChecksumsIsReadButNotVerified() throws IOException {
        Path file = Files.write(dir.resolve("zfile"), withoutChecksums("zfile/mixed-300k.lz4.4k.zfile"));
        assertHolds(file, "zfile/mixed-300k.bin");
        try (ZFile zfile = ZFile.open(FileBlob.open(file))) {
            assertThatThrownBy(zfile::verify).isInstanceOf(MissingChecksumsException.class);
        }
    }

    /** In files of 2021 both ends have arbitrary bytes where nobody looks, and no digests. */
    @Test
    void garbageInHeaderAndTrailerIsNotLookedAt() throws IOException {
        byte[] bytes = Files.readAllBytes(Golden.file("zfile/mixed-300k.lz4.4k.zfile"));
        Random random = new Random(2021);
        for (int block : new int[] {0, bytes.length - 512}) {
            ByteBuffer front = ByteBuffer.wrap(bytes, block, 512).slice().order(ByteOrder.LITTLE_ENDIAN);
            byte[] garbage = new byte[416];
            random.nextBytes(garbage);
            front.put(96, garbage).putInt(28, random.nextInt()).putInt(64, random.nextInt());
            front.putLong(32, (random.nextLong() & ~0x1F) | (front.getLong(32) & 0x07));
            if (block == 0) {
                front.putLong(40, random.nextLong())
                        .putLong(48, random.nextLong())
                        .putLong(56, random.nextLong());
            }
        }

        assertHolds(Files.write(dir.resolve("zfile"), bytes), "zfile/mixed-300k.bin");
    }

    /** The same blocks without their CRCs, and neither digests nor a CRC of the jump table. */
    private static byte[] withoutChecksums(String name) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(Golden.file(name))).order(ByteOrder.LITTLE_ENDIAN);
        int trailer = in.capacity() - 512;
        int table = (int) in.getLong(trailer + 40);
        int count = (int) in.getLong(trailer + 48);
        ByteBuffer out = ByteBuffer.allocate(in.capacity()).order(ByteOrder.LITTLE_ENDIAN);
        out.put(0, in, 0, 512)
                .put(88, (byte) 0)
                .putLong(32, in.getLong(32) & ~0x10)
                .position(512);
        int start = 512;
        for (int i = 0; i < count; i++) {
            int length = in.getInt(table + 4 * i);
            out.put(in.array(), start, length - 4);
            start += length;
        }
        int newTable = out.position();
        for (int i = 0; i < count; i++) {
            out.putInt(in.getInt(table + 4 * i) - 4);
        }
        int newTrailer = out.position();
        out.put(in.array(), trailer, 512);
        out.put(newTrailer + 88, (byte) 0)
                .putLong(newTrailer + 32, in.getLong(trailer + 32) & ~0x10)
                .putLong(newTrailer + 40, newTable);
        return Arrays.copyOf(out.array(), out.position());
    }

    @Test
    void aReadPastTheEndFails() throws IOException {
        try (ZFile zfile = ZFile.open(FileBlob.open(Golden.file("zfile/4097.lz4.4k.zfile")))) {
            assertThatThrownBy(() -> zfile.read(4000, ByteBuffer.allocate(98)))
                    .isInstanceOf(TruncatedBlobException.class)
                    .hasMessageContaining("98 bytes wanted, but it ends at byte 4097");
        }
    }

    private static void assertHolds(Path file, String plain) throws IOException {
        byte[] expected = Files.readAllBytes(Golden.file(plain));
        try (BlobReader zfile = ZFile.open(TarWrapper.unwrap(FileBlob.open(file)))) {
            assertThat(zfile.size()).isEqualTo(expected.length);
            assertThat(read(zfile, 0, expected.length, ByteBuffer.allocate(expected.length)))
                    .isEqualTo(expected);
            Random random = new Random(7);
            for (int i = 0; i < 200 && expected.length > 0; i++) {
                int from = random.nextInt(expected.length);
                int length = random.nextInt(Math.min(expected.length - from, 70_000) + 1);
                assertThat(read(zfile, from, length, ByteBuffer.allocateDirect(length)))
                        .isEqualTo(Arrays.copyOfRange(expected, from, from + length));
            }
        }
    }

    private static byte[] read(BlobReader blob, long offset, int length, ByteBuffer dst) throws IOException {
        blob.read(offset, dst);
        byte[] bytes = new byte[length];
        dst.flip().get(bytes);
        return bytes;
    }
}
