package io.obd.blobstore;

/**
 * How much more to fetch than was asked for: nothing for a reader that jumps, and twice as much each time for one that
 * begins where the last fetch ended. Each request costs a round trip, however little it brings.
 *
 * <p>Readers of a blob share it without a lock: when they come between each other a guess is worse, nothing else.
 */
final class ReadAhead {
    private final int limit;
    private volatile long end = -1;
    private volatile int length;

    /** @param limit the longest fetch that it makes, in granules */
    ReadAhead(int limit) {
        this.limit = limit;
    }

    /** How many granules behind this one, which is missing, are likely to be wanted too. */
    int after(long number) {
        return number == end ? Math.max(Math.min(2 * length, limit) - 1, 0) : 0;
    }

    /** Notes what is being fetched. */
    void fetching(Flight flight) {
        length = Math.min(flight.count(), limit);
        end = flight.first() + flight.count();
    }
}
