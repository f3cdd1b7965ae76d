package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.commons.codec.digest.Blake3;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Hashing chunks of files, as building and checking an image does. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChunkDigests {
    /** Bytes of a chunk. */
    @Param({"4096", "20000", "1048576"})
    public int length;

    private ByteBuffer chunk = ByteBuffer.allocate(0);
    private byte[] copy = new byte[0];

    @Setup
    public void fill() {
        copy = new byte[length];
        new Random(1).nextBytes(copy);
        chunk = ByteBuffer.allocateDirect(length).put(copy).flip();
    }

    @Benchmark
    public ByteString blake3() {
        return Digester.BLAKE3.digest(chunk.duplicate());
    }

    /** Sixteen chunks at once; a score counts them as one. */
    @Benchmark
    public List<ByteString> blake3OfSixteen() {
        return Digester.BLAKE3.digests(Collections.nCopies(16, chunk).stream()
                .map(ByteBuffer::duplicate)
                .toList());
    }

    @Benchmark
    public byte[] blake3OfTheLibrary() {
        return Blake3.hash(copy);
    }

    @Benchmark
    public ByteString sha256() {
        return Digester.SHA256.digest(chunk.duplicate());
    }
}
