package io.obd.e2e;

import java.time.Duration;
import java.util.Locale;

/**
 * One pull and run.
 *
 * @param imageSize bytes of the image's layers in the registry
 * @param fetched bytes of blobs that the registry sent
 * @param pull time of the pull
 * @param firstOutput time from the start of the pull to the program's first output, without the pause between the two
 */
record Measurement(long imageSize, long fetched, Duration pull, Duration firstOutput) {

    /** Both side by side. */
    static String table(Measurement lazy, Measurement ordinary) {
        return "%-28s%16s%16s%n".formatted("", "overlaybd", "overlayfs")
                + row("image in the registry", bytes(lazy.imageSize), bytes(ordinary.imageSize))
                + row("fetched for the run", bytes(lazy.fetched), bytes(ordinary.fetched))
                + row("time of the pull", seconds(lazy.pull), seconds(ordinary.pull))
                + row("time to the first output", seconds(lazy.firstOutput), seconds(ordinary.firstOutput));
    }

    private static String row(String what, String lazy, String ordinary) {
        return "%-28s%16s%16s%n".formatted(what, lazy, ordinary);
    }

    private static String bytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
    }
}
