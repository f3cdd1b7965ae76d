package io.obd.logfmt;

import java.io.IOException;
import java.util.Map;
import org.tinylog.writers.RollingFileWriter;

/** tinylog's {@code logfmt file}: takes what {@code rolling file} takes, but no format. */
public final class LogfmtFileWriter extends LogfmtWriter {

    /** Called by tinylog. */
    public LogfmtFileWriter(Map<String, String> properties) throws IOException {
        super(new RollingFileWriter(forLines(properties)), properties);
    }
}
