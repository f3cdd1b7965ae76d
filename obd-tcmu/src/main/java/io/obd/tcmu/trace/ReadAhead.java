package io.obd.tcmu.trace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes reads whose result nobody waits for, several at a time and in the order in which they come: what they bring is in
 * the cache then. As long as the way to the registry has room they are only begun. The first that fails ends them all;
 * devices read without it.
 */
final class ReadAhead {
    /** Longest read in one piece. */
    static final int MAX_READ = 256 << 10;

    private static final Logger log = LoggerFactory.getLogger(ReadAhead.class);

    private final String name;
    private final Iterator<Read> reads;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong running;
    private final long start = System.nanoTime();
    private volatile boolean stopped;

    /** Bytes that are to be read. */
    interface Source {
        void read(long offset, ByteBuffer dst) throws IOException;

        /** Begins to get them; returns false if they have to be read, for want of room or of a way to do it. */
        default boolean willNeed(long offset, int count) {
            return false;
        }
    }

    /** At most {@link #MAX_READ} bytes. */
    record Read(Source source, long offset, int count) {}

    private ReadAhead(String name, Iterator<Read> reads, int workers) {
        this.name = name;
        this.reads = reads;
        this.running = new AtomicLong(workers);
    }

    /**
     * Begins.
     *
     * @param name what the reads are made for, in the log
     */
    static ReadAhead start(String name, Iterator<Read> reads, int workers) {
        ReadAhead ahead = new ReadAhead(name, reads, workers);
        for (int i = 0; i < workers; i++) {
            Thread.ofVirtual().name("read-ahead").start(ahead::work);
        }
        return ahead;
    }

    /** No more reads are begun. */
    void stop() {
        stopped = true;
    }

    private void work() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_READ);
        try {
            for (Read read = next(); read != null; read = next()) {
                if (!read.source().willNeed(read.offset(), read.count())) {
                    read.source().read(read.offset(), buffer.clear().limit(read.count()));
                }
                bytes.addAndGet(read.count());
            }
        } catch (IOException | RuntimeException e) {
            if (!stopped) {
                stopped = true;
                log.warn("reading ahead for {} stops: {}", name, e.toString());
            }
        }
        if (running.decrementAndGet() == 0) {
            log.info(
                    "{} bytes for {} are read ahead or on their way after {} ms",
                    bytes,
                    name,
                    (System.nanoTime() - start) / 1_000_000);
        }
    }

    private @Nullable Read next() {
        synchronized (reads) {
            return !stopped && reads.hasNext() ? reads.next() : null;
        }
    }
}
