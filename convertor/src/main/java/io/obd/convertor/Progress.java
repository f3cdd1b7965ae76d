package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import io.obd.registry.Descriptor;
import java.io.Console;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** Shows how a conversion goes on. */
interface Progress extends AutoCloseable {

    /**
     * Bars on a terminal, lines of a log elsewhere; or JSON on standard output.
     *
     * @param uploads whether the result goes anywhere
     */
    @SuppressWarnings("SystemConsoleNull") // its documentation allows null
    static Progress choose(boolean json, Logger log, boolean uploads) {
        if (json) {
            return new ProgressJson(System.out);
        }
        Console console = System.console();
        return console != null && console.isTerminal() ? new ProgressBars(System.out) : new ProgressLines(log, uploads);
    }

    /**
     * Shows one image.
     *
     * @param name tells it from the others of its index; empty if it is the only one
     */
    Consumer<ConversionEvent> image(String name);

    /**
     * Shows what came of it, where the log is not for whoever looks at the progress.
     *
     * @param name of the result
     */
    default void done(String name, Descriptor result, Totals.Figures figures) {}

    @Override
    void close();
}
