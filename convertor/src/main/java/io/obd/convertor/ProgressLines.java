package io.obd.convertor;

import io.obd.convert.ConversionEvent;
import io.obd.convert.EventLog;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** One line per step that is done. */
final class ProgressLines implements Progress {
    private final Logger log;
    private final boolean uploads;

    ProgressLines(Logger log, boolean uploads) {
        this.log = log;
        this.uploads = uploads;
    }

    @Override
    public Consumer<ConversionEvent> image(String name) {
        return new EventLog(log, name, uploads);
    }

    @Override
    public void close() {}
}
