package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {
    private static final Instant NOW = Instant.parse("2026-01-10T00:00:00Z");

    @TempDir
    Path dir;

    @Test
    void oldFilesGoAndTheNewestStays() throws Exception {
        Path old = file("nydus-snapshotter-2026-01-01T00-00-00.000.log.gz", 9);
        Path recent = file("nydus-snapshotter-2026-01-08T00-00-00.000.log.gz", 2);
        Path open = file("nydus-snapshotter-2026-01-02T00-00-00.000.log", 8);
        Files.createLink(dir.resolve("nydus-snapshotter.log"), open);
        Path other = file("other.log", 100);

        LogFiles.removeOld(
                new SnapshotterConfig.Log("info", false, dir, 200, 5, Duration.ofDays(3), true, true),
                InstantSource.fixed(NOW));

        assertThat(old).doesNotExist();
        assertThat(recent).exists();
        assertThat(open).exists();
        assertThat(other).exists();
    }

    private Path file(String name, int days) throws Exception {
        Path file = Files.writeString(dir.resolve(name), "line\n");
        Files.setLastModifiedTime(file, FileTime.from(NOW.minus(Duration.ofDays(days))));
        return file;
    }
}
