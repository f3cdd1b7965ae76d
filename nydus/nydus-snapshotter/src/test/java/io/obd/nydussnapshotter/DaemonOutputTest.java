package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonOutputTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private Path file;

    @BeforeEach
    void prepare() {
        file = dir.resolve("nydusd.out");
    }

    @Test
    void aLogIsHandedOnAndLeavesTheFile() throws Exception {
        DaemonOutput output = new DaemonOutput(file, Optional.of(log));
        write("written while no snapshotter ran\n");

        output.follow();
        awaitHandedOn();
        write("written since\n");
        output.finish();

        assertThat(log.toString(StandardCharsets.UTF_8)).isEqualTo("written while no snapshotter ran\nwritten since\n");
        assertThat(file).doesNotExist();
    }

    @Test
    void afterTheEndTheFileBelongsToTheNextProcess() throws Exception {
        DaemonOutput output = new DaemonOutput(file, Optional.of(log));
        output.follow();
        output.finish();

        write("the next one's\n");
        output.finish();

        assertThat(log.size()).isZero();
        assertThat(file).hasContent("the next one's\n");
    }

    @Test
    void whatIsNoLogStays() throws Exception {
        DaemonOutput output = new DaemonOutput(file, Optional.empty());
        write("some words\n");

        output.follow();
        output.finish();

        assertThat(file).hasContent("some words\n");
        assertThat(output.tail(0)).isEqualTo("some words\n");
        assertThat(output.tail(5)).isEqualTo("words\n");
    }

    @Test
    void ofMuchOnlyTheEndIsQuoted() throws Exception {
        DaemonOutput output = new DaemonOutput(file, Optional.of(log));
        assertThat(output.tail(0)).isEmpty();
        write("x".repeat(100_000));
        write("the reason");

        assertThat(output.tail(0)).endsWith("the reason").hasSize(1500);
        assertThat(output.size()).isEqualTo(100_010);
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void awaitHandedOn() throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (Files.size(file) > 0) {
            assertThat(System.nanoTime()).as("time is up").isLessThan(deadline);
            Thread.sleep(20);
        }
    }
}
