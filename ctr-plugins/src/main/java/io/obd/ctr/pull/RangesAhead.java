package io.obd.ctr.pull;

import io.obd.registry.RemoteBlob;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A blob, or the rest of it, by range requests, several at once: one connection alone seldom gets what the line can carry.
 * How many there are depends on how soon they are answered, so that a slow line is not shared until nothing comes in time.
 */
final class RangesAhead extends InputStream {
    /** Bytes of one request. */
    static final int PIECE = 1 << 20;

    /** With the pieces of all layers that are downloaded side by side, less than half of the command's memory. */
    private static final int MOST = 8;

    private static final Duration SOON = Duration.ofSeconds(2);

    private final RemoteBlob blob;
    private final long size;
    private final Duration soon;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("range-", 0).factory());
    private final Queue<Task<Piece>> asked = new ArrayDeque<>();
    private int width = 1;
    private long next;
    private ByteBuffer current = ByteBuffer.allocate(0);

    /**
     * @param size of the blob
     * @param offset where to begin
     */
    RangesAhead(RemoteBlob blob, long size, long offset) {
        this(blob, size, offset, SOON);
    }

    /** @param soon an answer within this time allows for one more request */
    RangesAhead(RemoteBlob blob, long size, long offset, Duration soon) {
        this.blob = blob;
        this.size = size;
        this.next = offset;
        this.soon = soon;
    }

    private record Piece(ByteBuffer bytes, Duration took) {}

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (!current.hasRemaining() && !advance()) {
            return -1;
        }
        int n = Math.min(length, current.remaining());
        current.get(into, from, n);
        return n;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    private boolean advance() throws IOException {
        ask();
        Task<Piece> first = asked.poll();
        if (first == null) {
            return false;
        }
        try {
            Piece piece = first.join();
            width = piece.took().compareTo(soon) < 0 ? Math.min(MOST, width + 1) : Math.max(1, width / 2);
            current = piece.bytes();
            ask();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + blob.name() + " was downloaded");
        }
    }

    private void ask() {
        while (asked.size() < width && next < size) {
            long offset = next;
            int length = (int) Math.min(PIECE, size - offset);
            next += length;
            asked.add(Task.start(threads, () -> fetch(offset, length)));
        }
    }

    private Piece fetch(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        long begin = System.nanoTime();
        blob.read(offset, bytes);
        return new Piece(bytes.flip(), Duration.ofNanos(System.nanoTime() - begin));
    }

    /** Breaks off what is still under way. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
