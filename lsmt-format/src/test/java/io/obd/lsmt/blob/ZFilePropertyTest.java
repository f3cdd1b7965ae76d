package io.obd.lsmt.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** What goes into a ZFile comes out of it, whatever its length, and however many threads compress. */
class ZFilePropertyTest {
    private static final int LONGEST = 1 << 20;

    private Path dir = Path.of("");

    @BeforeTry
    void makeDirectory() throws IOException {
        dir = Files.createTempDirectory("zfile");
    }

    @AfterTry
    void removeDirectory() throws IOException {
        try (var files = Files.list(dir)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(dir);
    }

    @Property(tries = 60)
    void whatIsWrittenIsRead(
            @ForAll @IntRange(max = LONGEST) int length,
            @ForAll @IntRange(max = 4) int blockSize,
            @ForAll boolean zstd,
            @ForAll boolean overwritten,
            @ForAll boolean tar,
            @ForAll long seed)
            throws IOException {
        Random random = new Random(seed);
        byte[] plain = plain(random, length);
        ZFileOptions options = new ZFileOptions(codec(zstd), 4096 << blockSize).withHeaderOverwritten(overwritten);
        write("one", options, tar, plain, random);
        write("three", options.withThreads(3), tar, plain, random);

        assertThat(dir.resolve("three")).hasSameBinaryContentAs(dir.resolve("one"));
        try (ZFile zfile = ZFile.open(TarWrapper.unwrap(FileBlob.open(dir.resolve("one"))))) {
            assertThat(zfile.size()).isEqualTo(length);
            assertThat(read(zfile, 0, length)).isEqualTo(plain);
            for (int i = 0; i < 20; i++) {
                int from = random.nextInt(length + 1);
                int to = from + random.nextInt(length - from + 1);
                assertThat(read(zfile, from, to - from)).isEqualTo(Arrays.copyOfRange(plain, from, to));
            }
            zfile.verify();
        }
    }

    @Property(tries = 60)
    void aFlippedBitIsFound(
            @ForAll @IntRange(min = 1, max = 100_000) int length, @ForAll boolean zstd, @ForAll long seed)
            throws IOException {
        Random random = new Random(seed);
        write("zfile", new ZFileOptions(codec(zstd), 4096), false, plain(random, length), random);
        byte[] bytes = Files.readAllBytes(dir.resolve("zfile"));
        // What a complete header says is not looked up in the trailer.
        int bit = random.nextInt((bytes.length - ZFileHeader.SIZE) * Byte.SIZE);
        bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        Files.write(dir.resolve("zfile"), bytes);

        assertThatThrownBy(() -> {
                    try (ZFile zfile = ZFile.open(FileBlob.open(dir.resolve("zfile")))) {
                        zfile.verify();
                    }
                })
                .as("bit %d", bit)
                .isInstanceOf(CorruptBlobException.class);
    }

    /** Writes {@code plain} in pieces, and reads some of what was written in between. */
    private void write(String name, ZFileOptions options, boolean tar, byte[] plain, Random random) throws IOException {
        try (BlobWriter writer = BlobWriter.create(BlobTarget.newFile(dir.resolve(name)), options, tar)) {
            int position = 0;
            while (position < plain.length) {
                int length = Math.min(plain.length - position, 1 + random.nextInt(300_000));
                writer.write(ByteBuffer.wrap(plain, position, length));
                position += length;
                assertThat(writer.position()).isEqualTo(position);
                int from = random.nextInt(position);
                int count = Math.min(position - from, 10_000);
                ByteBuffer back = ByteBuffer.allocate(count);
                writer.read(from, back);
                assertThat(back.flip()).isEqualTo(ByteBuffer.wrap(plain, from, count));
            }
            writer.finish();
        }
    }

    private static byte[] read(BlobReader blob, int offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        blob.read(offset, dst);
        return dst.array();
    }

    /** Short runs that compress and that do not, so that every large block becomes shorter. */
    private static byte[] plain(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        for (int from = 0; from < length; ) {
            int to = Math.min(length, from + random.nextInt(20_000));
            if (random.nextBoolean()) {
                Arrays.fill(bytes, from, to, bytes[from]);
            }
            from = to;
        }
        for (int from = 0; from < length; from += ZFileOptions.MAX_BLOCK_SIZE) {
            Arrays.fill(bytes, from, Math.min(length, from + 5000), (byte) 0);
        }
        return bytes;
    }

    private static Codec codec(boolean zstd) {
        return zstd ? Codec.ZSTD : Codec.LZ4;
    }
}
