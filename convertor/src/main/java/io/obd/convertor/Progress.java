package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import java.io.Console;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** Shows how a conversion goes on. */
interface Progress extends Consumer<ConversionEvent>, AutoCloseable {

    /** Bars on a terminal, lines of a log elsewhere. */
    @SuppressWarnings("SystemConsoleNull") // its documentation allows null
    static Progress forThisTerminal(Logger log) {
        Console console = System.console();
        return console != null && console.isTerminal() ? new ProgressBars(System.out) : new ProgressLines(log);
    }

    @Override
    void close();
}
