package io.obd.block.gzip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.block.TruncatedBlobException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipIndexerTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/turbooci");

    @TempDir
    Path dir;

    @Test
    void theIndexIsTheOneOfTheOriginal() throws IOException {
        byte[] gzip = Files.readAllBytes(GOLDEN.resolve("T.tar.gz"));
        byte[] tar;
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
            tar = in.readAllBytes();
        }
        Path index = dir.resolve("gzip.meta");

        assertThat(index(gzip, index)).isEqualTo(tar);

        assertThat(index).hasSameBinaryContentAs(GOLDEN.resolve("ext4-gz.gzip.meta"));
    }

    @ParameterizedTest
    @ValueSource(ints = {Deflater.NO_COMPRESSION, 1, 6, 9})
    void whatIsIndexedIsReadAtAnyPosition(int level) throws IOException {
        byte[] plain = mixed(9 << 20, level);
        Path gzip = dir.resolve("stream.gz");
        Files.write(gzip, gzip(plain, level));
        Path index = dir.resolve("index");
        assertThat(index(Files.readAllBytes(gzip), index)).isEqualTo(plain);

        Random random = new Random(level);
        try (FileBlob checksums = FileBlob.open(checksums(index));
                GzipReader reader =
                        GzipReader.open(FileBlob.open(gzip), FileBlob.open(index), checksums, new SpanCache(4 << 20))) {
            assertThat(reader.size()).isEqualTo(plain.length);
            for (int i = 0; i < 100; i++) {
                int offset = random.nextInt(plain.length);
                int length = Math.min(plain.length - offset, random.nextInt(100_000));
                ByteBuffer bytes = ByteBuffer.allocate(length);
                reader.read(offset, bytes);
                assertThat(bytes.flip()).isEqualTo(ByteBuffer.wrap(plain, offset, length));
            }
        }
    }

    @Test
    void anEmptyStreamHasAnIndex() throws IOException {
        Path index = dir.resolve("index");
        Path gzip = dir.resolve("empty.gz");
        Files.write(gzip, gzip(new byte[0], 6));

        assertThat(index(Files.readAllBytes(gzip), index)).isEmpty();

        try (FileBlob checksums = FileBlob.open(checksums(index));
                GzipReader reader =
                        GzipReader.open(FileBlob.open(gzip), FileBlob.open(index), checksums, new SpanCache(0))) {
            assertThat(reader.size()).isZero();
        }
    }

    @Test
    void paddingBehindTheStreamBelongsToItsSize() throws IOException {
        byte[] gzip = gzip(mixed(3 << 20, 1), 6);
        byte[] padded = Arrays.copyOf(gzip, gzip.length + 1000);
        Path file = dir.resolve("padded.gz");
        Files.write(file, padded);
        Path index = dir.resolve("index");
        index(padded, index);

        try (GzipReader reader = GzipReader.open(FileBlob.open(file), FileBlob.open(index), null, new SpanCache(0))) {
            assertThat(reader.size()).isEqualTo(3 << 20);
        }
    }

    @Test
    void whatIsNoSingleStreamLeavesNoIndex() throws IOException {
        byte[] gzip = gzip(mixed(3 << 20, 1), 6);
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.writeBytes(gzip);
        two.writeBytes(gzip);
        Path index = dir.resolve("index");

        assertThatThrownBy(() -> index(two.toByteArray(), index))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("stream: at byte " + gzip.length + ": another gzip stream follows");
        assertThatThrownBy(() -> index(Arrays.copyOf(gzip, gzip.length - 5), index))
                .isInstanceOf(TruncatedBlobException.class);
        byte[] damaged = gzip.clone();
        damaged[gzip.length - 6]++;
        assertThatThrownBy(() -> index(damaged, index))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("incorrect data check");
        try (GzipIndexer indexer =
                GzipIndexer.open(new ByteArrayInputStream(gzip), "stream", index, checksums(index))) {
            indexer.readNBytes(1 << 20);
        }
        assertThat(index).doesNotExist();
        assertThat(checksums(index)).doesNotExist();
        assertThatThrownBy(() -> index(new byte[100], index))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("incorrect header check");
        assertThat(index).doesNotExist();
    }

    private static byte[] index(byte[] gzip, Path index) throws IOException {
        try (GzipIndexer indexer =
                GzipIndexer.open(new ByteArrayInputStream(gzip), "stream", index, checksums(index))) {
            return indexer.readAllBytes();
        }
    }

    private static Path checksums(Path index) {
        return index.resolveSibling(index.getFileName() + GzipReader.CHECKSUMS_SUFFIX);
    }

    /** Text, noise and zeros: coded, stored and very long blocks. */
    private static byte[] mixed(int length, int seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[length];
        for (int at = 0; at < length; ) {
            int run = Math.min(length - at, 1 + random.nextInt(300_000));
            byte[] part = new byte[run];
            switch (random.nextInt(3)) {
                case 0 -> random.nextBytes(part);
                case 1 -> {
                    for (int i = 0; i < run; i++) {
                        part[i] = (byte) ('a' + random.nextInt(1 + i % 20));
                    }
                }
                default -> {}
            }
            System.arraycopy(part, 0, bytes, at, run);
            at += run;
        }
        return bytes;
    }

    private static byte[] gzip(byte[] plain, int level) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes) {
            {
                def.setLevel(level);
            }
        }) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }
}
