package io.obd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageConfigTest {
    private static final String DIGEST = "sha256:" + "ab".repeat(32);

    @TempDir
    Path dir;

    @Test
    void keysThatAreNotSetAreLeftOut() {
        ImageConfig config = new ImageConfig(
                "https://host/v2/repo/blobs",
                List.of(Lower.remote(DIGEST, 123, "/snapshots/7/fs")),
                "/9/init-debug.log");

        assertThat(config.toJson())
                .isEqualTo("{\"repoBlobUrl\":\"https://host/v2/repo/blobs\",\"lowers\":[{\"digest\":\"" + DIGEST
                        + "\",\"size\":123,\"dir\":\"/snapshots/7/fs\"}],\"upper\":{},"
                        + "\"resultFile\":\"/9/init-debug.log\"}");
    }

    @Test
    void everyKeySurvivesWritingAndReading() throws IOException {
        ImageConfig config = new ImageConfig(
                "https://host/v2/repo/blobs",
                List.of(Lower.file("/a"), Lower.dir("/b"), new Lower("/f", "/d", DIGEST, 5, "/t", DIGEST, "/g")),
                new Upper("/index", "/data", "/target", "/gzip", 64),
                "/result",
                true,
                "/trace",
                new DownloadConfig(true, Duration.ofSeconds(1), Duration.ofSeconds(2), 3, 4, 8192));
        Path file = dir.resolve("config.v1.json");

        config.write(file);

        assertThat(ImageConfig.read(file)).isEqualTo(config);
    }

    @Test
    void theFileIsPrivateAndNothingElseIsLeftBeside() throws IOException {
        Path file = dir.resolve("config.v1.json");
        Files.writeString(file, "old");

        new ImageConfig("", List.of(Lower.file("/a")), "").write(file);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void nullsOfTheGoSideCountAsAbsent() throws IOException {
        ImageConfig config = read("{\"repoBlobUrl\":\"\",\"lowers\":null,\"upper\":null,\"resultFile\":\"\"}");

        assertThat(config).isEqualTo(new ImageConfig("", List.of(), ""));
    }

    @Test
    void anUpperNeedsBothFiles() {
        assertThat(new Upper("/index", "", 0).isPresent()).isFalse();
        assertThat(new Upper("/index", "/data", 0).isPresent()).isTrue();
    }

    @Test
    void allWrongTypesAreNamedWithFileLineAndKey() {
        assertThatThrownBy(() -> read("""
                {
                  "repoBlobUrl": 5,
                  "lowers": [
                    {"file": "/a"},
                    {"size": "big"},
                    7
                  ]
                }
                """))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactly(
                                        file() + ":2: repoBlobUrl: a string is expected, found 5",
                                        file() + ":5: lowers[1].size: a whole number is expected, found \"big\"",
                                        file() + ":6: lowers[2]: an object is expected, found 7"));
    }

    @Test
    void textThatIsNotJsonIsNamedWithItsLine() {
        assertThatThrownBy(() -> read("{\n\"lowers\": [}\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(file() + ":2: not valid JSON: ");
        assertThatThrownBy(() -> read("{\n\"lowers\": [\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("line 2, column")
                .hasMessageNotContaining("Source");
        assertThatThrownBy(() -> read("")).isInstanceOf(ConfigException.class).hasMessageContaining("empty");
        assertThatThrownBy(() -> read("[]")).isInstanceOf(ConfigException.class).hasMessageContaining("object");
        assertThatThrownBy(() -> read("{\"a\":1}{"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("after the end");
        assertThatThrownBy(() -> read("{\"upper\":{},\"upper\":{}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Duplicate");
        assertThatThrownBy(() -> read("[".repeat(100)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("depth");
    }

    private Path file() {
        return dir.resolve("config.v1.json");
    }

    private ImageConfig read(String text) throws IOException {
        return ImageConfig.read(Files.writeString(file(), text));
    }
}
