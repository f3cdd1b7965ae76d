package io.obd.blobstore;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of what lies around a jump is fetched along. While one request is on a long way the link could carry many more
 * bytes, and they cost the reader no time: so it is as much as the way holds, in the end. It begins with a little and grows
 * fourfold with every jump, since a host that is busy looks like one that is far away for a while. Jumps that land where
 * nothing was fetched for them use up a credit, those that land where something was add to it; without credit only a little
 * is fetched.
 */
final class Neighbourhood {
    /** Bytes at most. */
    private static final long LARGEST = 32 << 20;

    /** What may be fetched without credit. */
    private static final long SMALLEST = 1 << 20;

    /** What is fetched around the first jump. */
    private static final long FIRST = 2 << 20;

    /** Jumps that must need no request to pay for one that does. */
    private static final int COST = 3;

    /** Enough to fetch a layer of 256 MiB, if the way holds so much, before any jump had to pay off. */
    private static final int CREDIT = 16 * COST;

    private final AtomicInteger credit = new AtomicInteger(CREDIT);
    private final AtomicLong next = new AtomicLong(FIRST);

    /** A jump found its bytes there, or on their way. */
    void served() {
        credit.getAndUpdate(jumps -> Math.min(jumps + 1, CREDIT));
    }

    /**
     * How many bytes are to be fetched around a jump, a power of two.
     *
     * @param window how many bytes may be on their way
     */
    long around(long window) {
        if (credit.getAndUpdate(jumps -> jumps < COST ? jumps : jumps - COST) < COST) {
            return SMALLEST;
        }
        long limit = next.getAndUpdate(bytes -> Math.min(4 * bytes, LARGEST));
        return Long.highestOneBit(Math.clamp(window, SMALLEST, limit));
    }
}
