package io.obd.nydusd.data;

import io.obd.rafs.Chunk;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Chunks that are being fetched together. Who wants one of them waits for the end. */
final class Flight {
    private final List<Chunk> chunks;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Map<Integer, IOException> failures = new HashMap<>();

    Flight(List<Chunk> chunks) {
        this.chunks = chunks;
    }

    List<Chunk> chunks() {
        return chunks;
    }

    /** Before the end: a chunk cannot be had. */
    void failed(Chunk chunk, IOException reason) {
        failures.put(chunk.index(), reason);
    }

    void end() {
        done.countDown();
    }

    /**
     * Waits for the end.
     *
     * @return why the chunk cannot be had, null if it can
     */
    @Nullable
    IOException await(Chunk chunk, long seconds) throws IOException {
        try {
            if (!done.await(seconds, TimeUnit.SECONDS)) {
                throw new IOException("chunk " + chunk.index() + " has been on its way for " + seconds + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for chunk " + chunk.index());
        }
        return failures.get(chunk.index());
    }
}
