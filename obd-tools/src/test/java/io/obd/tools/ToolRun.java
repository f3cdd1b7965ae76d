package io.obd.tools;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.stream.Stream;

/** A run of a tool in this process. */
record ToolRun(int exitCode, String out, String err) {

    /** Runs {@code overlaybd-<name>}; arguments are taken as their text. */
    static ToolRun of(String name, Object... arguments) {
        return named("overlaybd-" + name, arguments);
    }

    /** Runs a tool by its full name. */
    static ToolRun named(String tool, Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] args = Stream.concat(Stream.of(tool), Arrays.stream(arguments))
                .map(String::valueOf)
                .toArray(String[]::new);
        int exitCode = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new ToolRun(exitCode, out.toString(), err.toString());
    }

    /** The run, if it succeeded. */
    ToolRun orFail() {
        if (exitCode != 0) {
            throw new AssertionError("exit code " + exitCode + ": " + out + err);
        }
        return this;
    }
}
