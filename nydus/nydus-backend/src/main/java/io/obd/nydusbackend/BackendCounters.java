package io.obd.nydusbackend;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What was read from a backend. */
public final class BackendCounters {
    /** Upper bounds of the classes of durations, in milliseconds; what is longer is in one more. */
    private static final long[] BOUNDS = {1, 20, 50, 100, 500, 1000, 2000};

    private static final int SIZE_CLASSES = 8;
    private static final int FIRST_SIZE_BITS = 10;
    private static final int BITS_PER_SIZE_CLASS = 2;

    /** Reads. */
    public final LongAdder reads = new LongAdder();

    /** Reads that failed. */
    public final LongAdder errors = new LongAdder();

    /** Bytes that were read. */
    public final LongAdder bytes = new LongAdder();

    /** What the reads took together. */
    public final LongAdder millis = new LongAdder();

    /** Reads by duration. */
    public final AtomicLongArray byMillis = new AtomicLongArray(BOUNDS.length + 1);

    /** Reads by size: 1 KiB and less, 4 KiB, …. */
    public final AtomicLongArray bySize = new AtomicLongArray(SIZE_CLASSES);

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
            byMillis.incrementAndGet(classOf(took));
            bySize.incrementAndGet(sizeClass(length));
        }
    }

    private static int classOf(long millis) {
        int found = 0;
        while (found < BOUNDS.length && millis > BOUNDS[found]) {
            found++;
        }
        return found;
    }

    /** The class of a size, of eight: up to 1 KiB, up to 4 KiB, and so on. */
    public static int sizeClass(long length) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(0, length - 1));
        int above = Math.max(0, bits - FIRST_SIZE_BITS);
        return Math.min(SIZE_CLASSES - 1, (above + BITS_PER_SIZE_CLASS - 1) / BITS_PER_SIZE_CLASS);
    }
}
