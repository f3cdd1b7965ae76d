package io.obd.block.gzip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A layer that the original indexed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GzipReaderTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/turbooci");
    private static final Path LAYER = GOLDEN.resolve("T.tar.gz");
    private static final String INDEX = "ext4-gz.gzip.meta";

    /** Where it begins in what is decompressed. */
    private static final int SECOND_SPAN = 1_034_313;

    private static final int FLIPS = 200;
    private static final int CLOSINGS = 50;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(5);

    @TempDir
    Path dir;

    private byte[] tar = new byte[0];

    @BeforeAll
    void unpack() throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(LAYER))) {
            tar = in.readAllBytes();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1048576, 0", "67108864, 0", "67108864, 2", "300000, 2"})
    void anyRangeReadsAsTheUncompressedStream(long cacheSize, int threads) throws IOException {
        Random random = new Random(1);
        try (GzipReader reader = open(INDEX, LAYER, new SpanCache(cacheSize, threads))) {
            assertThat(reader.size()).isEqualTo(tar.length);
            for (int i = 0; i < 60; i++) {
                int offset = random.nextInt(tar.length);
                int length = random.nextInt(Math.min(tar.length - offset, i % 5 == 0 ? 2 << 20 : 8192) + 1);
                assertThat(read(reader, offset, length))
                        .isEqualTo(ByteBuffer.wrap(tar).slice(offset, length));
            }
        }
    }

    @Test
    void theWholeStreamIsRead() throws IOException {
        try (GzipReader reader = open(INDEX, LAYER, new SpanCache(0))) {
            assertThat(read(reader, 0, tar.length)).isEqualTo(ByteBuffer.wrap(tar));
        }
    }

    @Test
    void nothingIsReadBehindTheEnd() throws IOException {
        try (GzipReader reader = open(INDEX, LAYER, new SpanCache(0))) {
            assertThatThrownBy(() -> read(reader, tar.length - 1, 2)).isInstanceOf(TruncatedBlobException.class);
        }
    }

    @Test
    void aSpanIsDecompressedOnceForAllWhoReadItAtTheSameTime() throws Exception {
        CountedBlob blob = new CountedBlob(FileBlob.open(LAYER));
        try (GzipReader reader =
                        GzipReader.open(blob, FileBlob.open(GOLDEN.resolve(INDEX)), null, new SpanCache(64 << 20));
                ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ByteBuffer>> reads = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                int offset = 1_100_000 + 4096 * i;
                reads.add(readers.submit(() -> read(reader, offset, 4096)));
            }
            for (int i = 0; i < reads.size(); i++) {
                assertThat(reads.get(i).get()).isEqualTo(ByteBuffer.wrap(tar).slice(1_100_000 + 4096 * i, 4096));
            }
        }
        assertThat(blob.reads()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"300000, 6", "67108864, 3"})
    void theCacheKeepsNoMoreThanItMay(long capacity, int reads) throws IOException {
        CountedBlob blob = new CountedBlob(FileBlob.open(LAYER));
        try (GzipReader reader =
                GzipReader.open(blob, FileBlob.open(GOLDEN.resolve(INDEX)), null, new SpanCache(capacity))) {
            read(reader, 0, tar.length);
            read(reader, 0, tar.length);
        }
        assertThat(blob.reads()).isEqualTo(reads);
    }

    @Test
    void aReaderGoesOnWhereTheInflaterStopped() throws IOException {
        CountedBlob blob = new CountedBlob(FileBlob.open(LAYER));
        try (GzipReader reader = GzipReader.open(blob, FileBlob.open(GOLDEN.resolve(INDEX)), null, new SpanCache(0))) {
            for (int at = SECOND_SPAN; at < 2_096_143; at += 128 << 10) {
                assertThat(read(reader, at, 100)).isEqualTo(ByteBuffer.wrap(tar).slice(at, 100));
            }
        }
        assertThat(blob.reads()).isEqualTo(1);
    }

    @Test
    void theRestOfASpanIsMadeAhead() throws Exception {
        SpanCache cache = new SpanCache(64 << 20, 1);
        try (GzipReader reader = open(INDEX, LAYER, cache)) {
            read(reader, SECOND_SPAN, 1);

            await("the end of the span is there", () -> has(cache, reader, 1));
            assertThat(has(cache, reader, 2)).isFalse();
        }
    }

    @Test
    void whatIsReadStraightOnIsMadeAhead() throws Exception {
        SpanCache cache = new SpanCache(64 << 20, 1);
        try (GzipReader reader = open(INDEX, LAYER, cache)) {
            read(reader, SECOND_SPAN - 1, 2);

            await("the end of the next span is there", () -> has(cache, reader, 2));
            assertThat(read(reader, 0, tar.length)).isEqualTo(ByteBuffer.wrap(tar));
        }
    }

    @Test
    void nothingIsMadeAheadThatWouldHaveToBeFetched() throws IOException {
        SpanCache cache = new SpanCache(64 << 20, 1);
        CountedBlob elsewhere = new CountedBlob(FileBlob.open(LAYER));
        try (GzipReader reader = GzipReader.open(elsewhere, FileBlob.open(GOLDEN.resolve(INDEX)), null, cache)) {
            read(reader, SECOND_SPAN, 1);

            assertThat(has(cache, reader, 1)).isFalse();
        }
        assertThat(elsewhere.reads()).isEqualTo(1);
    }

    @Test
    void aStreamIsClosedWhenNothingIsMadeAheadOfItAnyMore() throws IOException {
        SpanCache cache = new SpanCache(64 << 20, 2);
        for (int i = 0; i < CLOSINGS; i++) {
            GuardedBlob blob = new GuardedBlob(FileBlob.open(LAYER));
            try (GzipReader reader = GzipReader.open(blob, FileBlob.open(GOLDEN.resolve(INDEX)), null, cache)) {
                read(reader, SECOND_SPAN - 1, 1 + i % 2);
            }
            blob.assertClosedWhenUnused();
        }
    }

    /** The span is damaged behind what is read: whoever reads on is told. */
    @Test
    void whatCannotBeMadeAheadIsReportedToWhoReadsIt() throws IOException {
        byte[] bytes = Files.readAllBytes(LAYER);
        Arrays.fill(bytes, 300_000, 300_200, (byte) 0xff);
        Path damaged = Files.write(dir.resolve("ahead.tar.gz"), bytes);
        try (GzipReader reader = open(INDEX, damaged, new SpanCache(64 << 20, 1))) {
            for (int i = 0; i < 3; i++) {
                assertThat(read(reader, SECOND_SPAN, 4096))
                        .isEqualTo(ByteBuffer.wrap(tar).slice(SECOND_SPAN, 4096));
                assertThatThrownBy(() -> read(reader, 2_096_142, 1))
                        .isInstanceOf(CorruptBlobException.class)
                        .hasMessageContaining("ahead.tar.gz: at byte 185424: gzip: bytes 1034313 to 2096143");
            }
        }
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as(what).isNegative();
            Thread.sleep(PAUSE);
        }
    }

    private static boolean has(SpanCache cache, GzipReader reader, int span) {
        return cache.has(new SpanCache.Span(reader, span));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void streamsThatAreReadInTurnDoNotDisturbEachOther(int threadsAhead) throws Exception {
        SpanCache cache = new SpanCache(1 << 20, threadsAhead);
        List<GzipReader> readers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            readers.add(open(INDEX, LAYER, cache));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> reads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(i);
                reads.add(threads.submit(() -> {
                    for (int n = 0; n < 100; n++) {
                        int offset = random.nextInt(tar.length - 8192);
                        GzipReader reader = readers.get(random.nextInt(readers.size()));
                        if (n % 10 == 0) {
                            reader.discard(offset, 8192);
                        }
                        assertThat(read(reader, offset, 8192))
                                .isEqualTo(ByteBuffer.wrap(tar).slice(offset, 8192));
                    }
                    return null;
                }));
            }
            for (Future<?> each : reads) {
                each.get();
            }
        }
        for (GzipReader reader : readers) {
            reader.close();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gz-magic | at byte 0: gzip index: magic not found",
                "gz-crc | at byte 329: gzip index: CRC of the header is",
                "gz-short | at byte 41: gzip index: index_file_size is 40050, not 40049"
            })
    void aDamagedIndexIsNotOpened(String name, String message) {
        assertThatThrownBy(() -> open(name + ".gzip.meta", LAYER, new SpanCache(0)))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining(name + ".gzip.meta: " + message);
    }

    @Test
    void aDamagedWindowIsNoticedWhereItIsNeeded() throws IOException {
        try (GzipReader reader = open("gz-window.gzip.meta", LAYER, new SpanCache(0))) {
            assertThat(read(reader, 0, 4096)).isEqualTo(ByteBuffer.wrap(tar).slice(0, 4096));
            assertThatThrownBy(() -> read(reader, 1_500_000, 4096))
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageContaining("gz-window.gzip.meta: at byte 385: gzip index: window of entry 1");
        }
    }

    @Test
    void theIndexOfAnotherStreamIsRefused() throws IOException {
        Path longer = dir.resolve("longer.tar.gz");
        byte[] bytes = Files.readAllBytes(LAYER);
        Files.write(longer, Arrays.copyOf(bytes, bytes.length + 1));
        assertThatThrownBy(() -> open(INDEX, longer, new SpanCache(0)))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("it is for a gzip stream of 1212667 bytes, not 1212668");
    }

    @Test
    void damagedDataFailsWithItsPlaceAndLeavesTheRestReadable() throws IOException {
        Path damaged = dir.resolve("damaged.tar.gz");
        byte[] bytes = Files.readAllBytes(LAYER);
        Arrays.fill(bytes, 185_430, 185_630, (byte) 0xff);
        Files.write(damaged, bytes);
        try (GzipReader reader = open(INDEX, damaged, new SpanCache(1 << 20))) {
            assertThatThrownBy(() -> read(reader, 2_000_000, 4096))
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageContaining("damaged.tar.gz: at byte 185424: gzip: bytes 1034313 to 2096143");
            assertThat(read(reader, 0, 4096)).isEqualTo(ByteBuffer.wrap(tar).slice(0, 4096));
        }
    }

    /** Of single bits a fifth makes no deflate stream, and a quarter one whose end is another; the rest cannot be seen. */
    @Test
    void damageThatMovesTheEndOfASpanIsNoticedThere() throws IOException {
        Random random = new Random(1);
        byte[] layer = Files.readAllBytes(LAYER);
        int noticed = 0;
        for (int i = 0; i < FLIPS; i++) {
            byte[] damaged = layer.clone();
            damaged[185_430 + random.nextInt(150_000)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            Path file = Files.write(dir.resolve("flipped.tar.gz"), damaged);
            try (GzipReader reader = open(INDEX, file, new SpanCache(0))) {
                read(reader, 2_096_142, 1);
            } catch (CorruptBlobException e) {
                assertThat(e).hasMessageContaining("flipped.tar.gz: at byte 185424: gzip: bytes 1034313 to 2096143");
                noticed += String.valueOf(e.getMessage()).contains("does not end with what the index says") ? 1 : 0;
            }
        }
        assertThat(noticed).isGreaterThan(FLIPS / 5);
    }

    /** Another place to copy from may hold the same bytes: then there is nothing to notice. */
    @Test
    void withChecksumsAnyDamageIsNoticedBeforeItIsRead() throws IOException {
        Path checksums = checksums();
        Random random = new Random(2);
        byte[] layer = Files.readAllBytes(LAYER);
        int noticed = 0;
        for (int i = 0; i < FLIPS; i++) {
            byte[] damaged = layer.clone();
            int position = 185_430 + random.nextInt(150_000);
            damaged[position] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            Path file = Files.write(dir.resolve("flipped.tar.gz"), damaged);
            try (GzipReader reader = open(file, checksums)) {
                assertThat(read(reader, 1_034_313, 1_061_830))
                        .as("flip of byte %d", position)
                        .isEqualTo(ByteBuffer.wrap(tar).slice(1_034_313, 1_061_830));
            } catch (CorruptBlobException e) {
                assertThat(e).hasMessageContaining("flipped.tar.gz: at byte 185424: gzip: bytes 1034313 to 2096143");
                noticed++;
            }
        }
        assertThat(noticed).isGreaterThan(FLIPS * 9 / 10);
    }

    @Test
    void aBlobWithChecksumsThatCanBeFetchedAgainIsReadOnceMore() throws IOException {
        byte[] damage = {(byte) (Files.readAllBytes(LAYER)[250_000] ^ 1)};
        try (FileBlob checksums = FileBlob.open(checksums());
                GzipReader reader = GzipReader.open(
                        new HealingBlob(FileBlob.open(LAYER), 250_000, damage),
                        FileBlob.open(GOLDEN.resolve(INDEX)),
                        checksums,
                        new SpanCache(1 << 20))) {
            assertThat(read(reader, 1_000_000, 1_500_000))
                    .isEqualTo(ByteBuffer.wrap(tar).slice(1_000_000, 1_500_000));
        }
    }

    @Test
    void checksumsThatAreDamagedOrOfAnotherStreamAreRefused() throws IOException {
        byte[] intact = Files.readAllBytes(checksums());
        assertRefused(Arrays.copyOf(intact, intact.length - 4), "and the file has " + (intact.length - 4) + " bytes");
        for (int at = 0; at < intact.length; at++) {
            byte[] damaged = intact.clone();
            damaged[at]++;
            assertRefused(
                    damaged, at < 8 ? "at byte 0: checksums of a gzip stream: magic not found" : "CRC of the file");
        }
    }

    private void assertRefused(byte[] checksums, String message) throws IOException {
        Path file = Files.write(dir.resolve("damaged.crc"), checksums);
        assertThatThrownBy(() -> open(LAYER, file))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("damaged.crc")
                .hasMessageContaining(message);
    }

    /** What our converter adds to the index, which is the same as the original's. */
    private Path checksums() throws IOException {
        Path checksums = dir.resolve("checksums");
        Files.deleteIfExists(checksums);
        Path index = dir.resolve("index");
        try (GzipIndexer indexer = GzipIndexer.open(Files.newInputStream(LAYER), "layer", index, checksums)) {
            indexer.transferTo(OutputStream.nullOutputStream());
        }
        Files.delete(index);
        return checksums;
    }

    private static GzipReader open(Path layer, Path checksums) throws IOException {
        FileBlob source = FileBlob.open(layer);
        FileBlob index = FileBlob.open(GOLDEN.resolve(INDEX));
        try (FileBlob read = FileBlob.open(checksums)) {
            return GzipReader.open(source, index, read, new SpanCache(16 << 20));
        } catch (IOException e) {
            source.close();
            index.close();
            throw e;
        }
    }

    @Test
    void aBlobThatCanBeFetchedAgainIsReadOnceMore() throws IOException {
        byte[] damage = new byte[200];
        try (GzipReader reader = GzipReader.open(
                new HealingBlob(FileBlob.open(LAYER), 185_430, damage),
                FileBlob.open(GOLDEN.resolve(INDEX)),
                null,
                new SpanCache(0))) {
            assertThat(read(reader, 1_500_000, 4096))
                    .isEqualTo(ByteBuffer.wrap(tar).slice(1_500_000, 4096));
        }
    }

    private static GzipReader open(String index, Path layer, SpanCache cache) throws IOException {
        return GzipReader.open(FileBlob.open(layer), FileBlob.open(GOLDEN.resolve(index)), null, cache);
    }

    private static ByteBuffer read(BlobReader reader, int offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        reader.read(offset, bytes);
        return bytes.flip();
    }
}
