package io.obd.nydussnapshotter;

import java.time.Duration;

/** Counts how often a daemon is started again because it died: one that dies again and again is left alone. */
final class Restarts {
    /** One that lives so long is no reason to give up. */
    private static final Duration SOUND = Duration.ofMinutes(1);

    private static final int MOST = 5;

    private int inARow;

    /**
     * Whether another process is to follow one that died.
     *
     * @param lived how long that one has served
     */
    boolean mayFollow(Duration lived) {
        inARow = lived.compareTo(SOUND) > 0 ? 1 : inARow + 1;
        return inARow <= MOST;
    }
}
