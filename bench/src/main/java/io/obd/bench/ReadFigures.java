package io.obd.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/** Reads by one thread from the page cache. */
final class ReadFigures {
    private static final int PAGE = 4 << 10;
    private static final int ROUNDS = 5;
    private static final long ROUND_NANOS = 1_000_000_000L;

    private final FigureTable table;

    ReadFigures(FigureTable table) {
        this.table = table;
    }

    /** Reads all bytes in order. */
    void sequential(String name, long size, int length, Source source) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Measured run = Measured.of(() -> {
                for (long offset = 0; offset < size; offset += length) {
                    source.read(offset, buffer.clear().limit((int) Math.min(length, size - offset)));
                }
            });
            best = Math.max(best, size / run.seconds() / 1e6);
        }
        table.row(name + ", in order, " + (length >> 10) + " KiB", String.format("%,.0f MB/s", best));
    }

    /** Reads anywhere below {@code size}, at multiples of 4 KiB. */
    void random(String name, long size, int length, Source source) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        Random random = new Random(1);
        long pages = (size - length) / PAGE + 1;
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long reads = 0;
            long start = System.nanoTime();
            long elapsed = 0;
            while (elapsed < ROUND_NANOS) {
                for (int i = 0; i < 100; i++, reads++) {
                    source.read(random.nextLong(pages) * PAGE, buffer.clear());
                }
                elapsed = System.nanoTime() - start;
            }
            best = Math.max(best, reads * 1e9 / elapsed);
        }
        table.row(name + ", anywhere, " + (length >> 10) + " KiB", String.format("%,.0f /s", best));
    }

    /** What is read. */
    interface Source {
        void read(long offset, ByteBuffer dst) throws IOException;
    }
}
