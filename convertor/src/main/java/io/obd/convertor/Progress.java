package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import java.io.Console;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** Shows how a conversion goes on. */
interface Progress extends AutoCloseable {

    /** Bars on a terminal, lines of a log elsewhere. */
    @SuppressWarnings("SystemConsoleNull") // its documentation allows null
    static Progress forThisTerminal(Logger log) {
        Console console = System.console();
        return console != null && console.isTerminal() ? new ProgressBars(System.out) : new ProgressLines(log);
    }

    /**
     * Shows one image.
     *
     * @param name tells it from the others of its index; empty if it is the only one
     */
    Consumer<ConversionEvent> image(String name);

    @Override
    void close();
}
