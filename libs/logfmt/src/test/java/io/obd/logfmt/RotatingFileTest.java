package io.obd.logfmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
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
        try (RotatingFile file = new RotatingFile(dir.resolve("log"), 8, new NumberedFiles(1))) {
            file.write(bytes("11111111"));
            assertThatThrownBy(() -> file.write(bytes("22222222"))).isInstanceOf(DirectoryNotEmptyException.class);
            Files.delete(obstacle);
            file.write(bytes("33333333"));
        }
        assertThat(dir.resolve("log")).hasContent("33333333");
        assertThat(dir.resolve("log.1")).hasContent("11111111");
    }

    @Test
    void whatADiskThatIsFullTookInPartIsCutOff() throws Exception {
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", dir.toString()), "mounting needs root");
        try (RotatingFile file = new RotatingFile(dir.resolve("log"), 1 << 20, new NumberedFiles(1))) {
            file.write(bytes("first\n"));
            assertThatThrownBy(() -> file.write(bytes("x".repeat(100_000) + "\n")))
                    .hasMessageContaining("No space left");
            file.write(bytes("last\n"));
            assertThat(dir.resolve("log")).hasContent("first\nlast\n");
        } finally {
            run("umount", dir.toString());
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private void write(String... lines) throws IOException {
        try (RotatingFile file = new RotatingFile(dir.resolve("log"), 8, new NumberedFiles(2))) {
            for (String line : lines) {
                file.write(bytes(line));
            }
        }
    }

    @Test
    void fullFilesCanHaveTheTimeInTheirNames() throws Exception {
        AtomicLong seconds = new AtomicLong();
        InstantSource clock = () -> Instant.ofEpochSecond(seconds.incrementAndGet());
        try (RotatingFile file = new RotatingFile(dir.resolve("x.log"), 8, new DatedFiles(2, false, clock))) {
            for (String line : List.of("11111111", "22222222", "33333333", "44444444")) {
                file.write(bytes(line));
            }
        }
        assertThat(dir.resolve("x.log")).hasContent("44444444");
        try (Stream<Path> files = Files.list(dir)) {
            List<Path> aside =
                    files.filter(file -> !file.endsWith("x.log")).sorted().toList();
            assertThat(aside)
                    .hasSize(2)
                    .allSatisfy(file ->
                            assertThat(file.getFileName().toString()).matches("x-[0-9-]{10}T[0-9-]{8}\\.000\\.log"));
            assertThat(aside.getFirst()).hasContent("22222222");
            assertThat(aside.getLast()).hasContent("33333333");
        }
    }

    @Test
    void fullFilesCanBeCompressed() throws Exception {
        Path log = Files.writeString(dir.resolve("x.log"), "line");
        new DatedFiles(2, true, InstantSource.fixed(Instant.EPOCH)).putAside(log);
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (names().stream().anyMatch(name -> name.endsWith(".log"))) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
        assertThat(names()).singleElement().asString().endsWith(".log.gz");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(dir.resolve(names().getFirst())))) {
            assertThat(in.readAllBytes()).asString().isEqualTo("line");
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static ByteBuffer bytes(String line) {
        return ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    }
}
