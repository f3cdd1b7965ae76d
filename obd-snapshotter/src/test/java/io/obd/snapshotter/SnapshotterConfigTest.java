package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.ServiceConfig.Mirror;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
                        false,
                        new Snapshotter.Options(false, false),
                        List.of(),
                        Set.of(),
                        FileSystemType.of("ext4"),
                        RwMode.OVERLAYFS,
                        false,
                        false,
                        0,
                        List.of("erofs", "ext4"),
                        Path.of("/opt/overlaybd/bin"),
                        999_999_999,
                        Optional.empty(),
                        new CredentialsConfig(
                                Path.of(System.getProperty("user.home"), ".docker/config.json"),
                                Optional.empty(),
                                Optional.empty()),
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
        assertThat(config.mirrors()).containsExactly(new Mirror("localhost:5000", true, "", Map.of()));
        assertThat(config.logLevel()).isEqualTo("debug");
    }

    @Test
    void keysInOtherLettersAreFoundAsTheOriginalFindsThem() throws IOException {
        SnapshotterConfig config = read("""
                {"Root":"/r", "ADDRESS":"/a", "rwmode":"dir", "exporterconfig":{"Enable":true},
                 "mirrorregistry":[{"Host":"m.example","INSECURE":true}]}""");
        assertThat(config.warnings()).isEmpty();
        assertThat(config.root()).isEqualTo(Path.of("/r"));
        assertThat(config.rwMode()).isEqualTo(RwMode.DIR);
        assertThat(config.exporter()).isPresent();
        assertThat(config.insecureHosts()).containsExactly("m.example");
    }

    @Test
    void ofAKeyInTwoSpellingsTheRightOneCounts() throws IOException {
        SnapshotterConfig config = read("{\"root\":\"/r\",\"address\":\"/a\",\"rwmode\":\"dev\",\"rwMode\":\"dir\"}");
        assertThat(config.rwMode()).isEqualTo(RwMode.DIR);
        assertThat(config.warnings()).singleElement().asString().contains("rwmode: unknown key");
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
                "\"rwMode\": \"device\"                 | rwMode: one of dev, dir, overlayfs is expected",
                "\"turboFsType\": [\"xfs\"]             | turboFsType: \"xfs\" is not one of [erofs, ext4]",
                "\"runtimeType\": \"podman\"            | runtimeType: one of containerd, docker is expected",
                "\"runtimeType\": \"docker\", \"rwMode\": \"dev\" | runtimeType: docker needs rwMode overlayfs",
                "\"rootfsQuota\": \"20 apples\"         | rootfsQuota: \"20 apples\": a size such as 20g is expected",
                "\"writableLayerType\": \"log\"         | writableLayerType: one of append, sparse is expected",
                "\"exporterConfig\": {\"port\": 70000}  | exporterConfig.port: ",
                "\"exporterConfig\": {\"uriPrefix\":\"\"} | exporterConfig.uriPrefix: a path such as /metrics is expected",
                "\"tenant\": \"x\"                      | tenant: a whole number is expected",
                "\"asyncRemove\": 1                     | asyncRemove: true or false is expected",
                "\"defaultFsType\": \"EXT 4\"           | defaultFsType: not the name of a file system",
                "\"mirrorRegistry\": [{\"host\": \"http://m\"}] | mirrorRegistry[0].host: host[:port] is expected",
                "\"credentials\": {\"kubeletConfig\": \"/k\"} | credentials.kubeletConfig: is needed together with kubeletBinDir",
                "\"credentials\": {\"dockerConfig\": \"c\"} | credentials.dockerConfig: an absolute path is needed",
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
