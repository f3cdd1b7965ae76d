package io.obd.logfmt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.EnumSet;
import org.tinylog.core.LogEntry;
import org.tinylog.core.LogEntryValue;
import org.tinylog.writers.Writer;

/** Adds the message of each entry to a file, as a line. */
final class LineFile implements Writer {
    private final RotatingFile file;

    LineFile(RotatingFile file) {
        this.file = file;
    }

    @Override
    public Collection<LogEntryValue> getRequiredLogEntryValues() {
        return EnumSet.of(LogEntryValue.MESSAGE);
    }

    @Override
    public synchronized void write(LogEntry entry) throws IOException {
        file.write(ByteBuffer.wrap((entry.getMessage() + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void flush() {}

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
