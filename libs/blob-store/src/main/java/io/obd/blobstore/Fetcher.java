package io.obd.blobstore;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches granules from the sources of blobs, for who waits for them and for the cache. Everything that comes is checked. */
final class Fetcher implements Closeable {
    /** Bytes that may be on their way, for all blobs together, without anybody who waits for them. */
    private static final long MOST_GUESSES = 64 << 20;

    private final Logger log = LoggerFactory.getLogger(Fetcher.class);
    private final FillCheck check;
    private final GranuleCache cache;
    private final FetchBuffers buffers = new FetchBuffers();
    private final AtomicLong guesses = new AtomicLong();
    private final LongAdder bytesFetched = new LongAdder();
    private final LongAdder failures = new LongAdder();

    /**
     * @param check looks at everything that is fetched
     * @param cache keeps it
     */
    Fetcher(FillCheck check, GranuleCache cache) {
        this.check = check;
        this.cache = cache;
    }

    long bytesFetched() {
        return bytesFetched.sum();
    }

    long failures() {
        return failures.sum();
    }

    /** Takes memory for a fetch that nobody waits for yet; false if there is none left for such. */
    boolean takeForGuess(long bytes) {
        long now = guesses.get();
        while (now + bytes <= MOST_GUESSES) {
            if (guesses.compareAndSet(now, now + bytes)) {
                return true;
            }
            now = guesses.get();
        }
        return false;
    }

    void giveBack(long bytes) {
        guesses.addAndGet(-bytes);
    }

    /**
     * Runs a fetch in a thread of its own, so that its readers can stop waiting for it.
     *
     * @param window where its bytes are counted as on their way
     * @param permission given when it succeeds
     */
    void fetch(Entry entry, Flight flight, FetchWindow window, Permission permission) {
        Thread.ofVirtual().name("blob-fetch").start(() -> run(entry, flight, window, permission));
    }

    /**
     * Runs a fetch that nobody waits for yet; memory was {@linkplain #takeForGuess taken} for it.
     *
     * @param afterwards run when the memory is given back
     */
    void fetchGuess(Entry entry, Flight flight, FetchWindow window, Permission permission, Runnable afterwards) {
        Thread.ofVirtual().name("blob-fetch").start(() -> {
            try {
                run(entry, flight, window, permission);
            } finally {
                giveBack(entry.length(flight));
            }
            afterwards.run();
        });
    }

    private void run(Entry entry, Flight flight, FetchWindow window, Permission permission) {
        boolean counted = false;
        long offset = flight.first() * entry.granule();
        try {
            long start = System.nanoTime();
            ByteBuffer bytes = bytesOf(entry, flight);
            long end = System.nanoTime();
            window.succeeded(bytes.remaining(), start, end);
            counted = true;
            flight.events().fetched(flight.source().name(), offset, bytes.remaining(), end - start);
            permission.give();
            flight.arrived();
            cache.keep(entry, flight, bytes);
        } catch (IOException e) {
            failures.increment();
            flight.events().failed(flight.source().name(), offset, e);
            flight.fail(e);
        } catch (RuntimeException | Error e) {
            failures.increment();
            log.error(
                    "a fetch from {} failed by an error of this program",
                    flight.source().name(),
                    e);
            flight.fail(new IOException(flight.source().name() + ": " + e, e));
        } finally {
            entry.leave(flight);
            flight.release();
            if (!counted) {
                window.failed(entry.length(flight));
            }
        }
    }

    private ByteBuffer bytesOf(Entry entry, Flight flight) throws IOException {
        ByteBuffer bytes = flight.bytesIn(buffers.take(flight.count() * entry.granule()), entry.length(flight));
        pass(flight.source(), entry, flight.first() * entry.granule(), bytes);
        return bytes.flip();
    }

    /** Fills {@code dst} from a source and checks what came. */
    void pass(BlobSource source, Entry entry, long offset, ByteBuffer dst) throws IOException {
        int start = dst.position();
        int length = dst.remaining();
        source.read(offset, dst);
        if (dst.hasRemaining()) {
            throw new IOException(
                    source.name() + ": " + dst.remaining() + " of " + length + " bytes are missing at " + offset);
        }
        bytesFetched.add(length);
        check.check(entry.digest(), offset, dst.slice(start, length).asReadOnlyBuffer());
    }

    /** Frees memory that no fetch has used since this was called last. */
    void trim() {
        buffers.trim();
    }

    /** Frees the memory of fetches; of those that are still under way when they end. */
    @Override
    public void close() {
        buffers.close();
    }
}
