package io.obd.blobstore;

/**
 * How many bytes of a blob may be on their way that nobody has asked for yet. It grows while fetches take hardly longer
 * than the fastest one did, and shrinks when they do: the way to the registry is full then, and what a reader waits for
 * would queue behind guesses. What stays under way is about twice what the way holds, however long and wide it is.
 */
final class FetchWindow {
    static final long SMALLEST = 1 << 20;
    static final long LARGEST = 64 << 20;

    private static final long FIRST = 4 << 20;

    /** What a fetch may take longer than twice the fastest: the scheduling of a busy machine is no sign of a full link. */
    private static final long SLACK_NANOS = 20_000_000L;

    /** A fastest fetch that was long ago counts for less and less. */
    private static final int AGING = 64;

    private volatile long limit = FIRST;
    private volatile long fastest = Long.MAX_VALUE;
    private long underWay;
    private long lastShrunk = System.nanoTime();

    /** Takes room for a guess; false if there is none. */
    synchronized boolean takeForGuess(long bytes) {
        if (underWay + bytes > limit) {
            return false;
        }
        underWay += bytes;
        return true;
    }

    /** Counts what a reader waits for. */
    synchronized void take(long bytes) {
        underWay += bytes;
    }

    /** Gives back what was taken and not used. */
    synchronized void giveBack(long bytes) {
        underWay -= bytes;
    }

    /**
     * A fetch has succeeded.
     *
     * @param start when it began, by the clock of {@link System#nanoTime}
     * @param end now
     */
    synchronized void succeeded(long bytes, long start, long end) {
        long nanos = end - start;
        boolean used = underWay > limit / 2;
        underWay -= bytes;
        if (fastest == Long.MAX_VALUE || nanos <= fastest * 2 + SLACK_NANOS) {
            fastest = Math.min(fastest, nanos);
            if (used) {
                limit = Math.min(limit + bytes, LARGEST);
            }
            return;
        }
        if (end - lastShrunk > fastest) {
            lastShrunk = end;
            fastest += fastest / AGING;
            limit = Math.max(limit * 3 / 4, SMALLEST);
        }
    }

    /** How many bytes may be on their way. */
    long limit() {
        return limit;
    }

    /** What the fastest fetch took, 0 as long as there was none. */
    long fastestNanos() {
        return fastest == Long.MAX_VALUE ? 0 : fastest;
    }
}
