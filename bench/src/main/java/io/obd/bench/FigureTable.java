package io.obd.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

/** Figures under the command that each group of them comes from, printed as they are known. */
public final class FigureTable {
    private final PrintStream out;

    public FigureTable(PrintStream out) {
        this.out = out;
    }

    /** Begins a group. */
    public void section(String name, String command) {
        out.printf("%n%s%n  $ %s%n", name, command);
        out.flush();
    }

    /** A row with the median of some times, and the shortest and the longest of them. */
    public void row(String figure, List<Duration> times) {
        row(
                figure,
                "%d ms (%d to %d)"
                        .formatted(
                                median(times).toMillis(),
                                Collections.min(times).toMillis(),
                                Collections.max(times).toMillis()));
    }

    /** The one in the middle, or the longer of two. */
    public static Duration median(List<Duration> times) {
        return times.stream().sorted().toList().get(times.size() / 2);
    }

    public void row(String figure, String value) {
        out.printf("  %-38s %s%n", figure, value);
        out.flush();
    }
}
