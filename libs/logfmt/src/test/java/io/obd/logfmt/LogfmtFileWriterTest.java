package io.obd.logfmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tinylog.Level;
import org.tinylog.core.LogEntry;
import org.tinylog.core.LogEntryValue;
import org.tinylog.runtime.PreciseTimestamp;
import org.tinylog.runtime.Timestamp;

class LogfmtFileWriterTest {
    @TempDir
    Path dir;

    private Path log = Path.of("");

    @BeforeEach
    void nameTheFile() {
        log = dir.resolve("daemon.log");
    }

    @Test
    void anEntryIsOneLineWithTimeLevelAndMessage() throws Exception {
        assertThat(written(Level.WARN, "slow: \"a\\b\"\nsecond line\u0001", null))
                .isEqualTo("time=\"2026-01-02T03:04:05.678Z\" level=warning"
                        + " msg=\"slow: \\\"a\\\\b\\\"\\nsecond line\\x01\"\n");
    }

    @Test
    void anExceptionIsPartOfTheLine() throws Exception {
        assertThat(written(Level.ERROR, "failed", new IOException("no space")))
                .startsWith("time=\"2026-01-02T03:04:05.678Z\" level=error msg=\"failed\""
                        + " error=\"java.io.IOException: no space\\n\\tat io.obd.logfmt.")
                .endsWith("\"\n")
                .containsOnlyOnce("\n");
    }

    @Test
    void theCallerIsNamedIfItIsAskedFor() throws Exception {
        LogfmtFileWriter writer = new LogfmtFileWriter(Map.of("file", log.toString(), "caller", "true"));
        assertThat(writer.getRequiredLogEntryValues()).contains(LogEntryValue.CLASS, LogEntryValue.LINE);

        writer.write(
                new LogEntry(time(), null, Map.of(), "io.obd.A", "run", "A.java", 12, null, Level.INFO, "ready", null));
        writer.close();

        assertThat(log).content().endsWith(" msg=\"ready\" func=\"io.obd.A.run\" file=\"A.java:12\"\n");
    }

    @Test
    void whatIsBelowTheThresholdIsNotWritten() throws Exception {
        LogThreshold.set("warn");
        try {
            assertThat(written(Level.INFO, "low", null)).isEmpty();
            assertThat(written(Level.WARN, "high", null)).contains("high");
        } finally {
            LogThreshold.set("trace");
        }
        assertThatThrownBy(() -> LogThreshold.set("loud")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFullFileIsPutAsideAndOnlySomeAreKept() throws Exception {
        LogfmtFileWriter writer = new LogfmtFileWriter(Map.of("file", log.toString(), "size", "200", "backups", "2"));
        for (int i = 0; i < 20; i++) {
            writer.write(
                    new LogEntry(time(), null, Map.of(), null, null, null, -1, null, Level.INFO, "entry " + i, null));
        }
        writer.close();

        assertThat(log).content().contains("entry 19").doesNotContain("entry 0\"");
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files.filter(file -> !file.equals(log)).toList())
                    .hasSize(2)
                    .allSatisfy(file -> assertThat(Files.size(file)).isLessThan(300));
        }
    }

    private String written(Level level, String message, @Nullable Throwable exception) throws Exception {
        LogfmtFileWriter writer = new LogfmtFileWriter(Map.of("file", log.toString()));
        writer.write(new LogEntry(time(), null, Map.of(), null, null, null, -1, null, level, message, exception));
        writer.close();
        return Files.readString(log);
    }

    private static Timestamp time() {
        return new PreciseTimestamp(Instant.parse("2026-01-02T03:04:05.678Z").toEpochMilli(), 0);
    }
}
