package io.obd.nydusbackend;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/** What was read from a backend. */
public final class BackendCounters {
    /** The longest of each class of durations, in milliseconds; what is longer is in one more. */
    private static final long[] BOUNDS = {1, 20, 50, 100, 500, 1000, 2000};

    /** The largest of each class of sizes, in KiB without a fraction; what is larger is in one more. */
    private static final long[] SIZES = {0, 3, 15, 63, 127, 511, 1023};

    /** How many classes of sizes there are. */
    public static final int SIZE_CLASSES = SIZES.length + 1;

    private static final int KIB_SHIFT = 10;

    /** Reads. */
    public final LongAdder reads = new LongAdder();

    /** Reads that failed. */
    public final LongAdder errors = new LongAdder();

    /** Bytes that were read. */
    public final LongAdder bytes = new LongAdder();

    /** What the reads took together. */
    public final LongAdder millis = new LongAdder();

    /** What the reads of each class of sizes took together. */
    public final AtomicLongArray millisBySize = new AtomicLongArray(SIZE_CLASSES);

    /** Reads by size. */
    public final AtomicLongArray bySize = new AtomicLongArray(SIZE_CLASSES);

    /** Reads by duration, for each class of sizes. */
    public final List<AtomicLongArray> byMillis = IntStream.range(0, SIZE_CLASSES)
            .mapToObj(_ -> new AtomicLongArray(BOUNDS.length + 1))
            .toList();

    interface Read {
        void run() throws IOException;
    }

    void read(int length, Read read) throws IOException {
        long start = System.nanoTime();
        try {
            read.run();
            bytes.add(length);
        } catch (IOException e) {
            errors.increment();
            throw e;
        } finally {
            long took = (System.nanoTime() - start) / 1_000_000;
            reads.increment();
            millis.add(took);
            int size = sizeClass(length);
            millisBySize.addAndGet(size, took);
            bySize.incrementAndGet(size);
            byMillis.get(size).incrementAndGet(classOf(took, BOUNDS));
        }
    }

    /**
     * The class of a value.
     *
     * @param largest of each class but the last, which has no bound
     */
    public static int classOf(long value, long[] largest) {
        int found = 0;
        while (found < largest.length && value > largest[found]) {
            found++;
        }
        return found;
    }

    /** The class of a size in bytes, as clients of the API know them: below 1 KiB, below 4 KiB, and so on. */
    public static int sizeClass(long length) {
        return classOf(length >> KIB_SHIFT, SIZES);
    }
}
