package io.obd.bench;

import io.obd.block.Codec;
import io.obd.block.FileBlob;
import io.obd.lsmt.blob.BlobTarget;
import io.obd.lsmt.blob.BlobWriter;
import io.obd.lsmt.blob.ZFile;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reading a ZFile of 256 MiB of files in the page cache: a megabyte after the other, and 4 KiB anywhere. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class ZFileReads {
    private static final long SIZE = 256L << 20;
    private static final int LARGE = 1 << 20;
    private static final int SMALL = 4096;

    /** The compression. */
    @Param({"LZ4", "ZSTD"})
    public Codec codec = Codec.LZ4;

    /** Bytes of a block. */
    @Param({"4096", "16384"})
    public int blockSize;

    private final ByteBuffer large = ByteBuffer.allocateDirect(LARGE);
    private final ByteBuffer small = ByteBuffer.allocateDirect(SMALL);
    private final Random random = new Random(1);
    private Path file = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private ZFile zfile;

    private long position;

    @Setup(Level.Trial)
    public void write() throws IOException {
        file = Files.createTempDirectory("bench").resolve("zfile");
        try (BlobWriter writer =
                BlobWriter.create(BlobTarget.newFile(file), new ZFileOptions(codec, blockSize), false)) {
            ByteBuffer chunk = ByteBuffer.allocateDirect(LARGE);
            while (writer.position() < SIZE) {
                fill(chunk.clear());
                writer.write(chunk.flip());
            }
            writer.finish();
        }
        zfile = ZFile.open(FileBlob.open(file));
    }

    /** Words of a small vocabulary: compresses to about half, as files of an image do. */
    private void fill(ByteBuffer chunk) {
        while (chunk.remaining() >= Long.BYTES) {
            long word = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(200) * 0x9E3779B97F4A7C15L;
            chunk.putLong(word);
        }
    }

    @TearDown(Level.Trial)
    public void remove() throws IOException {
        zfile.close();
        Files.delete(file);
        Files.delete(file.getParent());
    }

    @Benchmark
    public ByteBuffer sequentialMegabyte() throws IOException {
        zfile.read(position, large.clear());
        position = (position + LARGE) % SIZE;
        return large;
    }

    @Benchmark
    public ByteBuffer randomPage() throws IOException {
        zfile.read(random.nextInt((int) (SIZE / SMALL)) * (long) SMALL, small.clear());
        return small;
    }
}
