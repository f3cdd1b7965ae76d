package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonLogsTest {
    private static final Instant NOW = Instant.parse("2026-01-31T00:00:00Z");

    @TempDir
    Path root;

    private Path logs(String id, String file, Duration age) throws IOException {
        Path directory = Files.createDirectories(root.resolve("logs").resolve(id));
        Path log = Files.writeString(directory.resolve(file), "words");
        Files.setLastModifiedTime(log, FileTime.from(NOW.minus(age)));
        Files.setLastModifiedTime(directory, FileTime.from(NOW.minus(age)));
        return directory;
    }

    private void removeOld(Duration age) throws IOException {
        new DaemonLogs(root, age, InstantSource.fixed(NOW), () -> Set.of("lives")).removeOld();
    }

    @Test
    void logsOfDaemonsThatEndedLongAgoAreRemoved() throws Exception {
        removeOld(Duration.ZERO); // there is no directory yet
        Path lives = logs("lives", "nydusd.log", Duration.ofDays(100));
        Path old = logs("old", "nydusd.log", Duration.ofDays(8));
        Path killed = logs("killed", "nydusd1.out", Duration.ofDays(8));
        Path recent = logs("recent", "nydusd.log", Duration.ofDays(6));
        Path other = logs("other", "notes.txt", Duration.ofDays(100));
        Path own = Files.writeString(root.resolve("logs/nydus-snapshotter.log"), "words");

        removeOld(Duration.ZERO);

        assertThat(old).doesNotExist();
        assertThat(killed).doesNotExist();
        assertThat(lives).exists();
        assertThat(recent).exists();
        assertThat(other).exists();
        assertThat(own).exists();

        removeOld(Duration.ofDays(5));

        assertThat(recent).doesNotExist();
    }

    @Test
    void whatADaemonWroteStaysWhenItIsDeletedAndWhatIsEmptyDoesNot() throws Exception {
        DaemonFiles silent = new DaemonFiles(root, "silent");
        silent.make();
        Files.createFile(silent.output(silent.socket()));
        DaemonFiles talking = new DaemonFiles(root, "talking");
        talking.make();
        Files.writeString(talking.output(talking.socket()), "Killed\n");

        silent.delete();
        talking.delete();

        assertThat(root.resolve("logs/silent")).doesNotExist();
        assertThat(talking.output(talking.socket())).hasContent("Killed");
    }
}
