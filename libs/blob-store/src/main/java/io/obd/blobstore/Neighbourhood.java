package io.obd.blobstore;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of what lies around a jump is fetched along. While one request is on a long way the link could carry many more
 * bytes, and they cost the reader no time: so it is as much as the way holds, in the end. It begins with a little and doubles
 * with every jump, since a host that is busy looks like one that is far away for a while. Jumps that land where nothing was
 * fetched for them use up an allowance, those that land where something was add to it; without an allowance only a little
 * is fetched.
 */
final class Neighbourhood {
    /** Bytes at most. */
    private static final long LARGEST = 32 << 20;

    /** What may be fetched without an allowance. */
    private static final long SMALLEST = 1 << 20;

    private static final long ALLOWANCE = 128 << 20;

    /** What a jump adds that needed no request. */
    private static final long REWARD = 4 << 20;

    private final AtomicLong allowance = new AtomicLong(ALLOWANCE);
    private final AtomicLong next = new AtomicLong(SMALLEST);

    /** A jump found its bytes there, or on their way. */
    void served() {
        if (allowance.get() < ALLOWANCE) {
            allowance.addAndGet(REWARD);
        }
    }

    /**
     * How many bytes are to be fetched around a jump, a power of two.
     *
     * @param window how many bytes may be on their way
     */
    long around(long window) {
        if (allowance.get() < SMALLEST) {
            return SMALLEST;
        }
        long limit = next.getAndUpdate(bytes -> Math.min(2 * bytes, LARGEST));
        long bytes = Long.highestOneBit(Math.clamp(window, SMALLEST, limit));
        allowance.addAndGet(-bytes);
        return bytes;
    }
}
