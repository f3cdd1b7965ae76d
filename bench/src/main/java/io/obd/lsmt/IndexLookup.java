package io.obd.lsmt;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Looking up random sectors in an index, as every read of an image does first. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class IndexLookup {
    private static final int LOOKUPS = 1 << 16;

    /** Number of segments. */
    @Param({"1000", "10000", "100000", "1000000"})
    public int segments;

    /** Whether segments lie in a few clusters far from each other instead of everywhere. */
    @Param({"false", "true"})
    public boolean clustered;

    private final long[] sectors = new long[LOOKUPS];
    private SegmentIndex index = new SegmentIndex(new SegmentList());

    @Setup
    public void build() {
        Random random = new Random(1);
        SegmentList entries = new SegmentList(segments);
        long position = 0;
        for (int i = 0; i < segments; i++) {
            position += random.nextInt(64);
            if (clustered && random.nextInt(segments / 10) == 0) {
                position += 1L << 26;
            }
            int length = 1 + random.nextInt(64);
            entries.add(SegmentLayout.range(position, length), SegmentLayout.data(8 + i));
            position += length;
        }
        index = new SegmentIndex(entries);
        for (int i = 0; i < LOOKUPS; i++) {
            sectors[i] = clustered
                    ? SegmentLayout.offset(entries.range(random.nextInt(segments)))
                    : random.nextLong(position);
        }
    }

    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public long find() {
        long sum = 0;
        for (long sector : sectors) {
            sum += index.find(sector);
        }
        return sum;
    }
}
