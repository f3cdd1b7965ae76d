package io.obd.logfmt;

import java.util.Map;
import org.tinylog.writers.ConsoleWriter;

/** tinylog's {@code logfmt console}: takes what {@code console} takes, but no format. */
public final class LogfmtConsoleWriter extends LogfmtWriter {

    /** Called by tinylog. */
    public LogfmtConsoleWriter(Map<String, String> properties) {
        super(new ConsoleWriter(forLines(properties)), properties);
    }
}
