package io.obd.tcmu.watch;

import java.time.Duration;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** How many reads there were in the last interval, of how many bytes, and what the slowest took. */
final class RecentRates {
    private static final double NANOS_PER_SECOND = 1e9;

    private final LongAdder reads = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAccumulator slowest = new LongAccumulator(Math::max, 0);
    private long readsBefore;
    private long bytesBefore;
    private volatile Figures last = new Figures(0, 0, 0);

    /** What the last complete interval was like. */
    record Figures(double readsPerSecond, double bytesPerSecond, long slowestNanos) {}

    void add(long length, long nanos) {
        reads.increment();
        bytes.add(length);
        slowest.accumulate(nanos);
    }

    /** Bytes since the beginning. */
    long total() {
        return bytes.sum();
    }

    /** An interval is over. Called by one thread. */
    void turn(Duration interval) {
        long readsNow = reads.sum();
        long bytesNow = bytes.sum();
        double seconds = interval.toNanos() / NANOS_PER_SECOND;
        last = new Figures(
                (readsNow - readsBefore) / seconds, (bytesNow - bytesBefore) / seconds, slowest.getThenReset());
        readsBefore = readsNow;
        bytesBefore = bytesNow;
    }

    Figures last() {
        return last;
    }
}
