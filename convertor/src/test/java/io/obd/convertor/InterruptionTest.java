package io.obd.convertor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class InterruptionTest {
    @TempDir
    Path dir;

    @Test
    void aConversionThatIsKilledCleansUpAndPushesNothing() throws Exception {
        Path work = dir.resolve("work");
        try (FakeRegistry registry = new FakeRegistry()) {
            byte[] layer = SourceImages.tar(Map.of("file", "content"));
            SourceImages.push(registry, "v1", List.of(layer), true);
            registry.stallAtUpload();
            Process convertor = start(
                    "-r",
                    registry.host() + "/app",
                    "--plain",
                    "-i",
                    "v1",
                    "-o",
                    "obd",
                    "--vsize",
                    "1",
                    "-d",
                    work.toString(),
                    "--db-type",
                    "none");
            try (BufferedReader err = convertor.errorReader()) {
                assertThat(err.lines().takeWhile(line -> !line.contains("layer 0 converted")))
                        .isNotEmpty();
                assertThat(work).isNotEmptyDirectory();

                // SIGTERM takes the same way as Ctrl-C, which a shell may have made this process ignore.
                convertor.toHandle().destroy();

                assertThat(err.lines()).anyMatch(line -> line.contains("interrupted"));
                assertThat(convertor.waitFor(20, TimeUnit.SECONDS)).isTrue();
            } finally {
                convertor.destroyForcibly();
            }
            assertThat(convertor.exitValue()).isEqualTo(128 + 15);
            assertThat(work).doesNotExist();
            assertThat(registry.documents).doesNotContainKey("obd");
        }
    }

    private static Process start(String... args) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        builder.command().addAll(List.of(args));
        return builder.start();
    }
}
