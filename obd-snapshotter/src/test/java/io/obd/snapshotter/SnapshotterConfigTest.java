package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnapshotterConfigTest {
    @TempDir
    Path dir;

    @Test
    void defaultsAreThoseOfTheOriginal() throws IOException {
        assertThat(read("{\"root\":\"/r\",\"address\":\"/a.sock\"}"))
                .isEqualTo(new SnapshotterConfig(
                        Path.of("/r"),
                        Path.of("/a.sock"),
                        "info",
                        new Snapshotter.Options(false, false),
                        Set.of(),
                        new FileSystemType("ext4", List.of("discard")),
                        "999999999",
                        Path.of("/run/overlaybd/control.sock"),
                        List.of()));
    }

    @Test
    void theFileThatTheOriginalShipsIsAccepted() throws IOException {
        SnapshotterConfig config = read("""
                {
                    "root": "/var/lib/containerd/io.containerd.snapshotter.v1.overlaybd",
                    "address": "/run/overlaybd-snapshotter/overlaybd.sock",
                    "verbose": "debug",
                    "rwMode": "overlayfs",
                    "logReportCaller": false,
                    "autoRemoveDev": false,
                    "exporterConfig": {"enable": false, "uriPrefix": "/metrics", "port": 9863},
                    "mirrorRegistry": [
                        {"host": "localhost:5000", "insecure": true},
                        {"host": "registry-1.docker.io", "insecure": false}
                    ]
                }""");
        assertThat(config.warnings()).isEmpty();
        assertThat(config.insecureHosts()).containsExactly("localhost:5000");
        assertThat(config.logLevel()).isEqualTo("debug");
    }

    @Test
    void unknownKeysAreReportedWithTheirLine() throws IOException {
        SnapshotterConfig config = read("{\"root\":\"/r\",\n\"address\":\"/a\",\n\"adress\":\"/b\"}");
        assertThat(config.warnings()).singleElement().asString().contains(":3: adress: unknown key");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"rwMode\": \"dir\"                    | rwMode: \"dir\" is not supported yet",
                "\"runtimeType\": \"docker\"            | runtimeType: \"docker\" is not supported yet",
                "\"rootfsQuota\": \"20g\"               | rootfsQuota: \"20g\" is not supported yet",
                "\"writableLayerType\": \"sparse\"      | writableLayerType: \"sparse\" is not supported yet",
                "\"exporterConfig\": {\"enable\": true} | exporterConfig.enable: is not supported yet",
                "\"tenant\": \"x\"                      | tenant: a whole number is expected",
                "\"asyncRemove\": 1                     | asyncRemove: true or false is expected",
                "\"defaultFsType\": \"EXT 4\"           | defaultFsType: not the name of a file system",
                "\"address\": \"relative.sock\"         | address: an absolute path is needed",
            })
    void whatCannotBeHonouredIsRefusedWithFileLineAndKey(String setting, String problem) {
        assertThatThrownBy(() -> read("{\"root\":\"/r\",\n" + setting + "}"))
                .hasMessageContaining(dir.resolve("config.json") + ":2: " + problem);
    }

    @Test
    void anUnknownLogLevelIsOnlyReported() throws IOException {
        SnapshotterConfig config = read("{\"root\":\"/r\",\"address\":\"/a\",\"verbose\":\"loud\"}");
        assertThat(config.logLevel()).isEqualTo("info");
        assertThat(config.warnings()).singleElement().asString().contains("loud");
    }

    private SnapshotterConfig read(String json) throws IOException {
        return SnapshotterConfig.read(Files.writeString(dir.resolve("config.json"), json));
    }
}
