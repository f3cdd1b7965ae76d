package io.obd.logfmt;

import java.util.Locale;
import org.tinylog.Level;

/**
 * From which level on entries are written, for programs whose level can be changed while they run. One for the process:
 * tinylog makes its writers itself, once, and takes no change of its own level.
 */
public final class LogThreshold {
    private static volatile Level lowest = Level.TRACE;

    private LogThreshold() {}

    /**
     * Writes what has this level or a higher one, as far as tinylog's own settings let it through.
     *
     * @param level trace, debug, info, warn or error
     * @throws IllegalArgumentException if it is none
     */
    public static void set(String level) {
        lowest = Level.valueOf(level.toUpperCase(Locale.ROOT));
    }

    static boolean covers(Level level) {
        return level.compareTo(lowest) >= 0;
    }
}
