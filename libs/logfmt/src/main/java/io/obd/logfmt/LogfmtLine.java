package io.obd.logfmt;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tinylog.Level;
import org.tinylog.core.LogEntry;

/**
 * A log entry as logfmt: {@code time="2026-01-02T03:04:05.678Z" level=warning msg="…" error="…"}. Line ends and quotes
 * inside a value are escaped, so that an entry is always one line.
 */
final class LogfmtLine {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    private LogfmtLine() {}

    /** @param caller whether it names the code that it comes from */
    static String of(LogEntry entry, boolean caller) {
        StringBuilder line = new StringBuilder("time=\"")
                .append(TIME.format(entry.getTimestamp().toInstant()))
                .append("\" level=")
                .append(level(entry.getLevel()))
                .append(" msg=");
        quote(line, entry.getMessage());
        if (caller) {
            quote(line.append(" func="), entry.getClassName() + "." + entry.getMethodName());
            quote(line.append(" file="), entry.getFileName() + ":" + entry.getLineNumber());
        }
        if (entry.getException() != null) {
            quote(line.append(" error="), stackTrace(entry.getException()));
        }
        return line.toString();
    }

    private static String level(Level level) {
        return level == Level.WARN ? "warning" : level.name().toLowerCase(Locale.ROOT);
    }

    private static String stackTrace(Throwable exception) {
        StringWriter text = new StringWriter();
        exception.printStackTrace(new PrintWriter(text));
        return text.toString().strip();
    }

    private static void quote(StringBuilder line, @Nullable String value) {
        line.append('"');
        String text = value == null ? "" : value;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> line.append("\\\"");
                case '\\' -> line.append("\\\\");
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> line.append(c < ' ' || c == 0x7F ? String.format("\\x%02x", (int) c) : String.valueOf(c));
            }
        }
        line.append('"');
    }
}
