package io.obd.blobstore;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The places at which readers of a blob go straight on. What is likely to be read next there is asked for ahead: in
 * proportion to what has been read in one go so far, up to a limit, so that a reader that stops has not cost much more than
 * what it read.
 *
 * <p>Who finds the lock taken goes on without: a guess is worse then, nothing else.
 */
final class Streams {
    private static final int STREAMS = 16;

    /** Bytes of reads that may be under way at once and come in any order: twice what Linux reads ahead from a loop device. */
    private static final long MOST_TOLERANCE = 8 << 20;

    private final long tolerance;
    private final long step;
    private final Stream[] streams = new Stream[STREAMS];
    private final ReentrantLock lock = new ReentrantLock();
    private long clock;

    /** Asks for bytes ahead. */
    interface Prefetch {
        /** Returns the position up to which it has asked. */
        long ask(long from, long to);
    }

    private static final class Stream {
        long start;
        long next = Long.MIN_VALUE / 2;
        long asked;
        long lastUse;

        /**
         * Whether a read there goes on here. One that has come far has several reads under way at once, which may come in
         * another order.
         */
        boolean isNear(long offset, long tolerance) {
            return Math.abs(offset - next) <= Math.max(tolerance, Math.min((next - start) / 4, MOST_TOLERANCE));
        }
    }

    /**
     * @param tolerance bytes that a reader may leave out or come back and still goes straight on
     * @param step bytes that are asked for at once, unless that is more than half of what is asked for ahead
     */
    Streams(long tolerance, long step) {
        this.tolerance = tolerance;
        this.step = step;
        for (int i = 0; i < STREAMS; i++) {
            streams[i] = new Stream();
        }
    }

    /**
     * Notes a read.
     *
     * @param ratio how many times as much as has been read so far is asked for
     * @param limit how far ahead may be asked for, in bytes
     * @return whether it goes on where an earlier one ended
     */
    boolean note(long offset, long end, int ratio, long limit, Prefetch prefetch) {
        if (!lock.tryLock()) {
            return true;
        }
        try {
            Stream stream = find(offset);
            stream.lastUse = ++clock;
            if (!stream.isNear(offset, tolerance)) {
                stream.start = offset;
                stream.next = end;
                stream.asked = end;
                return false;
            }
            if (end <= stream.next) {
                return true;
            }
            stream.next = end;
            long ahead = Math.min(ratio * (stream.next - stream.start), limit);
            if (ahead >= tolerance && stream.asked - stream.next < ahead - Math.min(ahead / 2, step)) {
                stream.asked = prefetch.ask(Math.max(stream.asked, stream.next), stream.next + ahead);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The stream that the position goes on, or the one to be given up for a new one. */
    private Stream find(long offset) {
        Stream oldest = streams[0];
        for (Stream stream : streams) {
            if (stream.isNear(offset, tolerance)) {
                return stream;
            }
            if (stream.lastUse < oldest.lastUse) {
                oldest = stream;
            }
        }
        return oldest;
    }
}
