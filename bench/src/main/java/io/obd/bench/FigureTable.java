package io.obd.bench;

import java.io.PrintStream;

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

    public void row(String figure, String value) {
        out.printf("  %-38s %s%n", figure, value);
        out.flush();
    }
}
