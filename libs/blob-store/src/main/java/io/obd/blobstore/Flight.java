package io.obd.blobstore;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A fetch of consecutive granules that is under way. Everybody who wants one of them waits for it. What it brings is there
 * as long as somebody uses it: who runs it, and who waits for it.
 */
final class Flight {
    private final BlobSource source;
    private final BlobEvents events;
    private final long first;
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicInteger users = new AtomicInteger(1);
    private int count = 1;
    private volatile boolean abandoned;
    private FetchBuffers.@Nullable Buffer memory;
    private @Nullable ByteBuffer bytes;
    private @Nullable IOException failure;

    /**
     * The caller is its first user, and runs it.
     *
     * @param events told how it ends
     */
    Flight(BlobSource source, BlobEvents events, long first) {
        this.source = source;
        this.events = events;
        this.first = first;
    }

    /** Who was asked. */
    BlobSource source() {
        return source;
    }

    /** Who is told how it ends. */
    BlobEvents events() {
        return events;
    }

    /** Number of the first granule in the blob. */
    long first() {
        return first;
    }

    int count() {
        return count;
    }

    /** Before it starts: one granule more. */
    void extend() {
        count++;
    }

    /** What it brings was found to be wrong, or will be: it is not to be kept. */
    void abandon() {
        abandoned = true;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    /** Becomes a user, unless the last one has gone: then it has ended, and everything is done with what it brought. */
    boolean acquire() {
        int n = users.get();
        while (n > 0) {
            if (users.compareAndSet(n, n + 1)) {
                return true;
            }
            n = users.get();
        }
        return false;
    }

    /** Is no user any more. */
    void release() {
        if (users.decrementAndGet() == 0 && memory != null) {
            memory.giveBack();
        }
    }

    /** Where its bytes are to go; given back when the last user has gone. */
    ByteBuffer bytesIn(FetchBuffers.Buffer in, int length) {
        memory = in;
        bytes = in.bytes().limit(length);
        return in.bytes();
    }

    /** Its bytes have come. */
    void arrived() {
        done.countDown();
    }

    void fail(IOException reason) {
        failure = reason;
        done.countDown();
    }

    /**
     * Waits for the end.
     *
     * @return false if the time is over before
     */
    boolean await(long nanos) throws IOException {
        try {
            return done.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + source.name());
        }
    }

    /** Why it failed, once it has ended; null if it did not. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** What it brought, for its users; not to be changed, and read at absolute positions only. */
    ByteBuffer bytes() {
        ByteBuffer fetched = bytes;
        if (fetched == null) {
            throw new IllegalStateException("the fetch has not succeeded");
        }
        return fetched;
    }
}
