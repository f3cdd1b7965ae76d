package io.obd.logfmt;

import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.tinylog.core.LogEntry;
import org.tinylog.core.LogEntryValue;
import org.tinylog.writers.Writer;

/**
 * Makes the lines that one of tinylog's own writers then puts where they belong. With the property {@code caller} they
 * name the code that they come from, which costs a walk through the stack for each.
 */
abstract class LogfmtWriter implements Writer {
    private final Writer lines;
    private final boolean caller;

    LogfmtWriter(Writer lines, Map<String, String> properties) {
        this.lines = lines;
        this.caller = Boolean.parseBoolean(properties.get("caller"));
    }

    /** The settings of a writer that takes a message for a whole line. */
    static Map<String, String> forLines(Map<String, String> properties) {
        Map<String, String> settings = new HashMap<>(properties);
        settings.put("format", "{message-only}");
        return settings;
    }

    @Override
    public Collection<LogEntryValue> getRequiredLogEntryValues() {
        Collection<LogEntryValue> values =
                EnumSet.of(LogEntryValue.DATE, LogEntryValue.LEVEL, LogEntryValue.MESSAGE, LogEntryValue.EXCEPTION);
        if (caller) {
            values.addAll(
                    EnumSet.of(LogEntryValue.CLASS, LogEntryValue.METHOD, LogEntryValue.FILE, LogEntryValue.LINE));
        }
        values.addAll(lines.getRequiredLogEntryValues());
        return values;
    }

    @Override
    public void write(LogEntry entry) throws Exception {
        if (!LogThreshold.covers(entry.getLevel())) {
            return;
        }
        lines.write(new LogEntry(
                entry.getTimestamp(),
                entry.getThread(),
                entry.getContext(),
                entry.getClassName(),
                entry.getMethodName(),
                entry.getFileName(),
                entry.getLineNumber(),
                entry.getTag(),
                entry.getLevel(),
                LogfmtLine.of(entry, caller),
                null));
    }

    @Override
    public void flush() throws Exception {
        lines.flush();
    }

    @Override
    public void close() throws Exception {
        lines.close();
    }
}
