package io.obd.lsmt.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.obd.block.BlobReader;
import io.obd.block.BlockCompressor;
import io.obd.block.Codec;
import io.obd.block.FileBlob;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobWriterTest {
    private static final int SIZE = 3_000_001;

    @TempDir
    Path dir;

    @Test
    void aStreamIsTheFileWithTheIndexInItsTrailerOnly() throws IOException {
        byte[] plain = plain(SIZE);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        write(BlobTarget.stream(Channels.newChannel(stream), "upload"), ZFileOptions.DEFAULT, plain);
        write(BlobTarget.newFile(dir.resolve("file")), ZFileOptions.DEFAULT.withHeaderOverwritten(false), plain);

        assertThat(stream.toByteArray()).isEqualTo(Files.readAllBytes(dir.resolve("file")));
        assertThat(contentOf(dir.resolve("file"))).isEqualTo(plain);
    }

    @Test
    void aStreamHasNoTarWrapper() {
        BlobTarget target = BlobTarget.stream(Channels.newChannel(new ByteArrayOutputStream()), "upload");
        assertThatThrownBy(() -> BlobWriter.create(target, ZFileOptions.DEFAULT, true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNewFileIsNotMadeWhereThereIsOne() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "old");

        assertThatThrownBy(() -> BlobWriter.create(BlobTarget.newFile(file), null, false))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasContent("old");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void aNewFileDoesNotReplaceOneThatSomebodyElseMadeMeanwhile() throws IOException {
        Path file = dir.resolve("file");
        try (BlobWriter writer = BlobWriter.create(BlobTarget.newFile(file), null, false)) {
            Files.writeString(file, "theirs");
            assertThatThrownBy(writer::finish).isInstanceOf(FileAlreadyExistsException.class);
        }

        assertThat(file).hasContent("theirs");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void aFileIsReplacedOnlyByACompleteOne() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "old");
        try (BlobWriter writer = BlobWriter.create(BlobTarget.replacing(file), null, false)) {
            writer.write(ByteBuffer.wrap(plain(100)));
        }
        assertThat(file).hasContent("old");

        write(BlobTarget.replacing(file), null, plain(100));
        assertThat(file).hasBinaryContent(plain(100));
        assertThat(names()).containsExactly("file");
    }

    @Test
    void whatIsNoRegularFileIsNotReplaced() throws IOException {
        Path directory = Files.createDirectory(dir.resolve("directory"));

        assertThatThrownBy(() -> BlobWriter.create(BlobTarget.replacing(directory), null, false))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("no regular file");
    }

    @Test
    void aFileHasTheModeOfTheOriginals() throws IOException {
        write(BlobTarget.newFile(dir.resolve("blob")), null, plain(1));
        write(BlobTarget.newFile(dir.resolve("extracted")).forOwnerOnly(), null, plain(1));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("blob"))))
                .startsWith("rw-");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("extracted"))))
                .isEqualTo("rwx------");
    }

    @Test
    void aStreamOfUnknownLengthIsCompressedAndExtracted() throws IOException {
        byte[] plain = plain(SIZE);
        try (InputStream source = new ByteArrayInputStream(plain);
                BlobWriter writer =
                        BlobWriter.create(BlobTarget.newFile(dir.resolve("zfile")), ZFileOptions.DEFAULT, true)) {
            writer.transferFrom(source);
            writer.finish();
        }
        try (BlobReader zfile = open(dir.resolve("zfile"));
                BlobWriter writer = BlobWriter.create(BlobTarget.newFile(dir.resolve("plain")), null, false)) {
            writer.transferFrom(zfile);
            writer.finish();
        }

        assertThat(dir.resolve("plain")).hasBinaryContent(plain);
    }

    @Test
    void gzipIsNoCompressionOfAZFile() {
        assertThatThrownBy(() -> new ZFileOptions(Codec.GZIP, 4096))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("LZ4 or ZSTD");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LZ4", "ZSTD"})
    void largeBlocksThatDoNotCompressAreRefused(Codec codec) throws IOException {
        ZFileOptions options = new ZFileOptions(codec, 64 << 10);
        try (BlobWriter writer = BlobWriter.create(BlobTarget.newFile(dir.resolve("zfile")), options, false)) {
            writer.write(ByteBuffer.allocate(64 << 10));
            writer.write(ByteBuffer.wrap(noise(64 << 10)));
            assertThatThrownBy(writer::finish)
                    .isInstanceOf(BlockTooLongException.class)
                    .hasMessageContaining("ZFile block 1 of 65536 bytes becomes")
                    .hasMessageContaining("needs blocks of at most 32768 bytes");
        }
        assertThat(names()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anErrorOfACompressorEndsTheFile(int threads) throws IOException {
        AtomicInteger blocks = new AtomicInteger();
        ZFileOptions options = ZFileOptions.DEFAULT.withThreads(threads);
        FileSink sink = new FileSink(BlobTarget.newFile(dir.resolve("zfile")), 0);
        ZFileOutput output = new ZFileOutput(sink, options, () -> new FailingCompressor(blocks));

        assertThatThrownBy(() -> {
                    ByteBuffer data = ByteBuffer.wrap(plain(1 << 20));
                    for (int i = 0; i < 100; i++) {
                        output.write(data.rewind());
                    }
                })
                .hasStackTraceContaining("no more blocks");
        output.close();
        sink.close();

        assertThat(names()).isEmpty();
        assertThat(compressionThreads()).allSatisfy(BlobWriterTest::assertIsEnding);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aFullDiskLeavesNothingBehind(int threads) throws IOException {
        Path full = Path.of("/dev/full");
        assumeThat(Files.isWritable(full)).as("a device that is always full").isTrue();
        ZFileOptions options = ZFileOptions.DEFAULT.withThreads(threads);
        try (FileChannel channel = FileChannel.open(full, StandardOpenOption.WRITE)) {
            assertThatThrownBy(() -> write(BlobTarget.stream(channel, "full"), options, plain(SIZE)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("No space left");
        }

        assertThat(compressionThreads()).allSatisfy(BlobWriterTest::assertIsEnding);
    }

    @Test
    void aFileIsNotFinishedAfterAWriteFailed() throws IOException {
        try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE);
                BlobWriter writer = BlobWriter.create(BlobTarget.stream(full, "full"), null, false)) {
            assertThatThrownBy(() -> writer.write(ByteBuffer.allocate(1 << 20))).hasMessageContaining("No space left");
            assertThatThrownBy(writer::finish).hasMessage("full: it was finished, or writing it failed before");
        }
    }

    private static void write(BlobTarget target, @Nullable ZFileOptions options, byte[] plain) throws IOException {
        try (BlobWriter writer = BlobWriter.create(target, options, false)) {
            writer.write(ByteBuffer.wrap(plain));
            writer.finish();
        }
    }

    private static BlobReader open(Path file) throws IOException {
        return ZFile.open(TarWrapper.unwrap(FileBlob.open(file)));
    }

    private static byte[] contentOf(Path file) throws IOException {
        try (BlobReader zfile = open(file)) {
            ByteBuffer content = ByteBuffer.allocate((int) zfile.size());
            zfile.read(0, content);
            return content.array();
        }
    }

    private Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }

    private static Stream<Thread> compressionThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("zfile-compress-"));
    }

    /** An executor has ended a moment before its threads have. */
    private static void assertIsEnding(Thread thread) throws InterruptedException {
        assertThat(thread.join(Duration.ofSeconds(30))).as(thread.getName()).isTrue();
    }

    /** Half of it compresses. */
    private static byte[] plain(int length) {
        byte[] bytes = noise(length);
        for (int i = 0; i < length; i++) {
            bytes[i] = i / 1000 % 2 == 0 ? bytes[i] : 0;
        }
        return bytes;
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** Fails after some blocks. */
    private record FailingCompressor(AtomicInteger blocks) implements BlockCompressor {
        @Override
        public int maxCompressedLength(int length) {
            return length;
        }

        @Override
        public void compress(ByteBuffer src, ByteBuffer dst) {
            if (blocks.incrementAndGet() > 1000) {
                throw new IllegalStateException("no more blocks");
            }
            dst.put(src);
        }

        @Override
        public void close() {}
    }
}
