package io.obd.tcmu.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingFileTest {
    @TempDir
    Path dir;

    @Test
    void aLineThatDoesNotFitBeginsAFile() throws IOException {
        write("1234", "5678", "9");

        assertThat(dir.resolve("log")).hasContent("9");
        assertThat(dir.resolve("log.1")).hasContent("12345678");
    }

    @Test
    void nothingToAddBeginsNoFile() throws IOException {
        write("12345678", "");

        assertThat(dir.resolve("log")).hasContent("12345678");
        assertThat(dir.resolve("log.1")).doesNotExist();
    }

    @Test
    void theOldestFileGoes() throws IOException {
        write("11111111", "22222222", "33333333", "44444444");

        assertThat(dir.resolve("log")).hasContent("44444444");
        assertThat(dir.resolve("log.1")).hasContent("33333333");
        assertThat(dir.resolve("log.2")).hasContent("22222222");
        assertThat(dir.resolve("log.3")).doesNotExist();
    }

    @Test
    void aFileThatIsInTheWayStopsTheLinesOnlyAsLongAsItIsThere() throws IOException {
        Path obstacle = Files.createDirectories(dir.resolve("log.1/full"));
        try (RotatingFile file = new RotatingFile(dir.resolve("log"), 8, 2)) {
            file.write(bytes("11111111"));
            assertThatThrownBy(() -> file.write(bytes("22222222"))).isInstanceOf(DirectoryNotEmptyException.class);
            Files.delete(obstacle);
            file.write(bytes("33333333"));
        }
        assertThat(dir.resolve("log")).hasContent("33333333");
        assertThat(dir.resolve("log.1")).hasContent("11111111");
    }

    private void write(String... lines) throws IOException {
        try (RotatingFile file = new RotatingFile(dir.resolve("log"), 8, 3)) {
            for (String line : lines) {
                file.write(bytes(line));
            }
        }
    }

    private static ByteBuffer bytes(String line) {
        return ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    }
}
