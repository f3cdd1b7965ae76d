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

    /** How many times what was fetched it grows by as long as the way has never been full. */
    private static final int FAST_GROWTH = 3;

    /** The way is long where the fastest fetch takes more. Else there is no reason to guess what lies around a jump. */
    private static final long FAR_NANOS = 20_000_000L;

    /** So many fetches show that by themselves if the fastest took twice as long: a single one may have been held up. */
    private static final int ENOUGH = 3;

    /** So many show it in any case: while a device is attached, a registry on a busy machine looks like one that is far away. */
    private static final int PLENTY = 8;

    private volatile long limit = FIRST;
    private volatile long fastest = Long.MAX_VALUE;
    private volatile int fetches;
    private long underWay;
    private boolean failing;

    /** Whether the way has been full before. */
    private boolean everFull;

    private long lastFull = System.nanoTime() - Long.MAX_VALUE / 2;
    private long lastShrunk = System.nanoTime();

    /** Takes room for a guess; false if there is none, or the last fetch failed. */
    synchronized boolean takeForGuess(long bytes) {
        if (failing || underWay + bytes > limit) {
            return false;
        }
        take(bytes);
        return true;
    }

    /** Counts what a reader waits for. */
    synchronized void take(long bytes) {
        underWay += bytes;
        if (underWay > limit / 2) {
            lastFull = System.nanoTime();
        }
    }

    /** Gives back what was taken and not used. */
    synchronized void giveBack(long bytes) {
        underWay -= bytes;
    }

    /** A fetch has failed. Nothing is guessed until one succeeds. */
    synchronized void failed(long bytes) {
        underWay -= bytes;
        failing = true;
    }

    /**
     * A fetch has succeeded.
     *
     * @param start when it began, by the clock of {@link System#nanoTime}
     * @param end now
     */
    synchronized void succeeded(long bytes, long start, long end) {
        long nanos = end - start;
        boolean used = lastFull - start >= 0 || underWay > limit / 2;
        underWay -= bytes;
        failing = false;
        fetches = Math.min(fetches + 1, PLENTY);
        if (fastest == Long.MAX_VALUE || nanos <= fastest * 2 + SLACK_NANOS) {
            fastest = Math.min(fastest, nanos);
            if (used) {
                limit = Math.min(limit + (everFull ? bytes : FAST_GROWTH * bytes), LARGEST);
            }
            return;
        }
        everFull = true;
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

    /** Whether the way to the registry is long; while too few fetches have shown it, it is not. */
    boolean isFar() {
        return fetches >= ENOUGH && fastest > (fetches < PLENTY ? 2 * FAR_NANOS : FAR_NANOS);
    }
}
