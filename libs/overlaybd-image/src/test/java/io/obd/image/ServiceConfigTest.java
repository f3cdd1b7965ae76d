package io.obd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.ServiceConfig.Frontend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceConfigTest {
    @TempDir
    Path dir;

    @Test
    void anEmptyFileGivesTheDefaults() throws IOException {
        assertThat(read("{}"))
                .isEqualTo(new ServiceConfig(
                        new ServiceConfig.Log(1, "/var/log/overlaybd.log", 10L << 20, 3),
                        new ServiceConfig.Cache(Path.of("/opt/overlaybd/registry_cache"), 4L << 30, 262144),
                        Optional.empty(),
                        new ServiceConfig.Credentials(
                                "file", "/opt/overlaybd/cred.json", Duration.ofSeconds(1), "", "", ""),
                        new ServiceConfig.Registry(
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(30),
                                Map.of(),
                                Path.of("/etc/containerd/certs.d"),
                                "",
                                List.of(),
                                List.of(),
                                "",
                                ""),
                        DownloadConfig.DEFAULT,
                        Optional.of(Path.of("/var/log/overlaybd-audit.log")),
                        Optional.empty(),
                        new ServiceConfig.Exporter(false, "127.0.0.1", "/metrics", 9863, Duration.ofMinutes(1)),
                        new ServiceConfig.SnapshotService(false, "127.0.0.1", 9862),
                        Path.of("/run/overlaybd/control.sock"),
                        Frontend.AUTO,
                        Duration.ofSeconds(60),
                        "",
                        16,
                        List.of()));
    }

    @Test
    void everyKeyIsRead() throws IOException {
        ServiceConfig config = read("""
                {
                  "logConfig": {"logLevel": 0, "logPath": "/l", "logSizeMB": 5, "logRotateNum": 7},
                  "cacheConfig": {"cacheType": "file", "cacheDir": "/c", "cacheSizeGB": 9, "refillSize": 8192},
                  "gzipCacheConfig": {"enable": true, "cacheDir": "/g", "cacheSizeGB": 3, "refillSize": 65536},
                  "credentialConfig": {"mode": "https", "path": "auth.example", "timeout": 2,
                    "client_cert_path": "/cc", "client_key_path": "/ck", "server_ca_path": "/ca"},
                  "registry": {"connectTimeout": 1, "readTimeout": 2, "hostsDir": "/h", "proxy": "http://p",
                    "caFiles": ["/dev/null", "/dev/zero"], "insecureHosts": ["localhost:5000"],
                    "mirrors": {"docker.io": [{"host": "m", "insecure": true, "ca": "/m", "header": {"x": "y"}}]}},
                  "certConfig": {"certFile": "/dev/null", "keyFile": "/dev/zero"},
                  "download": {"enable": true, "delay": 1, "delayExtra": 2, "maxMBps": 3, "tryCnt": 4, "blockSize": 4096},
                  "auditPath": "/audit.log", "p2pConfig": {"enable": true, "address": "localhost:9731/p/"},
                  "exporterConfig": {"enable": true, "address": "::", "uriPrefix": "/x", "port": 1,
                    "updateInterval": 5000},
                  "serviceConfig": {"enable": true, "address": "http://[::1]:5"},
                  "controlSocket": "/s", "frontend": "fuse-loop", "ioTimeoutSeconds": 10,
                  "userAgent": "u", "prefetchConfig": {"concurrency": 2}
                }
                """);

        assertThat(config)
                .isEqualTo(new ServiceConfig(
                        new ServiceConfig.Log(0, "/l", 5L << 20, 7),
                        new ServiceConfig.Cache(Path.of("/c"), 9L << 30, 8192),
                        Optional.of(new ServiceConfig.Cache(Path.of("/g"), 3L << 30, 65536)),
                        new ServiceConfig.Credentials(
                                "https", "auth.example", Duration.ofSeconds(2), "/cc", "/ck", "/ca"),
                        new ServiceConfig.Registry(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Map.of(
                                        "docker.io",
                                        List.of(new ServiceConfig.Mirror("m", true, "/m", Map.of("x", "y")))),
                                Path.of("/h"),
                                "http://p",
                                List.of(Path.of("/dev/null"), Path.of("/dev/zero")),
                                List.of("localhost:5000"),
                                "/dev/null",
                                "/dev/zero"),
                        new DownloadConfig(true, Duration.ofSeconds(1), Duration.ofSeconds(2), 3, 4, 4096),
                        Optional.of(Path.of("/audit.log")),
                        Optional.of("http://localhost:9731/p"),
                        new ServiceConfig.Exporter(true, "::", "/x", 1, Duration.ofMillis(5)),
                        new ServiceConfig.SnapshotService(true, "::1", 5),
                        Path.of("/s"),
                        Frontend.FUSE_LOOP,
                        Duration.ofSeconds(10),
                        "u",
                        2,
                        List.of()));
    }

    @Test
    void legacyKeysCountWhereTheNewOnesAreEmpty() throws IOException {
        ServiceConfig config = read("""
                {"logLevel": 2, "logPath": "", "cacheType": "file", "registryCacheDir": "/old",
                 "registryCacheSizeGB": 1, "credentialFilePath": "/creds"}
                """);

        assertThat(config.log().level()).isEqualTo(2);
        assertThat(config.log().path()).isEmpty();
        assertThat(config.cache().directory()).isEqualTo(Path.of("/old"));
        assertThat(config.cache().sizeLimit()).isEqualTo(1L << 30);
        assertThat(config.credentials().path()).isEqualTo("/creds");
    }

    @Test
    void theAuditLogCanBeSwitchedOff() throws IOException {
        assertThat(read("{\"auditPath\": \"/audit.log\", \"enableAudit\": false}")
                        .audit())
                .isEmpty();
        assertThat(read("{\"auditPath\": \"\"}").audit()).isEmpty();
    }

    @Test
    void addressesThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> read("{\"p2pConfig\": {\"address\": \"http://host:99999\"}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("p2pConfig.address: http://<host>[:<port>][/<path>] is expected");
        assertThatThrownBy(() -> read("{\"controlSocket\": \"\"}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("controlSocket: the path of a socket is expected");
        assertThatThrownBy(() -> read("{\"logConfig\": {\"logPath\": \"/var/\\u0000log\"}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("logConfig.logPath: a NUL character is in it");
        assertThatThrownBy(() -> read("{\"p2pConfig\": {\"address\": \"ftp://host\"}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("p2pConfig.address: http://<host>[:<port>][/<path>] is expected");
        assertThatThrownBy(() -> read("{\"exporterConfig\": {\"uriPrefix\": \"metrics\"}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("exporterConfig.uriPrefix: a path that begins with / is expected");
    }

    @Test
    void unknownAndUnsupportedKeysAreReported() throws IOException {
        ServiceConfig config = read("""
                {
                  "cacheConfig": {"cacheType": "ocf",
                    "cacheDirectory": "/c"},
                  "ioEngine": 1,
                  "colour": {"red": 1}, "enableThread": true, "registryFsVersion": "v1"
                }
                """);

        assertThat(config.warnings())
                .containsExactly(
                        "cacheConfig.cacheType: \"ocf\" is like \"file\" here, and blockSize has no effect: blocks are kept"
                                + " in files that are evicted piece by piece",
                        "enableThread: has no effect, every request of a device is worked on by a thread of its own",
                        "ioEngine: has no effect, local files are read with pread through the page cache, as with 0",
                        "registryFsVersion: has no effect, there is one registry client, which does what v2 does",
                        file() + ":3: cacheConfig.cacheDirectory: unknown key, ignored",
                        file() + ":5: colour: unknown key, ignored");
    }

    @Test
    void allMistakesAreReportedTogether() {
        assertThatThrownBy(() -> read("""
                {
                  "cacheConfig": {"cacheSizeGB": "4", "refillSize": 1},
                  "registry": {"caFiles": ["/a", 3]},
                  "frontend": "magic",
                  "download": [],
                  "logConfig": {"logLevel": 1.5}
                }
                """))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactlyInAnyOrder(
                                        file() + ":2: cacheConfig.cacheSizeGB: a whole number is expected, found \"4\"",
                                        file()
                                                + ":2: cacheConfig.refillSize: 1 is out of range, 4096 to 16777216 is allowed",
                                        file() + ":3: registry.caFiles[1]: a string is expected, found 3",
                                        file()
                                                + ":4: frontend: one of auto, fuse-loop, tcmu is expected, found \"magic\"",
                                        file() + ":5: download: an object is expected, found a list",
                                        file() + ":6: logConfig.logLevel: a whole number is expected, found 1.5"));
    }

    @Test
    void whatTheCacheTypeDownloadMeansHereIsSaid() throws IOException {
        assertThat(read("{\"cacheType\": \"download\"}").warnings())
                .singleElement()
                .asString()
                .startsWith("cacheType: \"download\" is like \"file\" here")
                .contains("download.enable");
    }

    @Test
    void theRefillSizeIsInWholePages() {
        assertThatThrownBy(() -> read("{\"cacheConfig\": {\"refillSize\": 5000}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessage(file() + ":1: cacheConfig.refillSize: 5000 is no multiple of 4096");
    }

    @Test
    void whatCouldOnlyFailLaterIsRefused() {
        assertRefused("{\"userAgent\": \"a\\nb\"}", "userAgent: printable ASCII characters are expected");
        assertRefused(
                "{\"registry\": {\"proxy\": \"nonsense\"}}",
                "registry.proxy: http://[<user>:<password>@]<host>[:<port>] is expected");
        assertRefused("{\"certConfig\": {\"certFile\": \"/c\"}}", "certConfig.certFile: of no use without keyFile");
        assertRefused("{\"certConfig\": {\"keyFile\": \"/k\"}}", "certConfig.keyFile: of no use without certFile");
        assertRefused(
                "{\"credentialConfig\": {\"mode\": \"uds\", \"path\": \"\"}}",
                "credentialConfig.path: mode \"uds\" needs the place of the service, found none");
        assertRefused(
                "{\"credentialConfig\": {\"mode\": \"http\"}}",
                "credentialConfig.path: mode \"http\" needs the place of the service, found none");
        assertRefused(
                "{\"credentialConfig\": {\"mode\": \"http\", \"path\": \"/run/cred.sock\"}}",
                "credentialConfig.path: mode \"http\" needs the address of the service, found \"/run/cred.sock\","
                        + " which modes \"file\" and \"uds\" take");
    }

    @ParameterizedTest
    @CsvSource({
        "cacheConfig.cacheDir",
        "gzipCacheConfig.cacheDir",
        "registry.hostsDir",
        "logConfig.logPath",
        "certConfig.certFile",
        "credentialConfig.server_ca_path",
        "registryCacheDir",
        "logPath",
        "auditPath",
        "controlSocket",
        "credentialFilePath"
    })
    void relativePathsAreSaidToBe(String key) throws IOException {
        int dot = key.indexOf('.');
        String member = "\"%s\": \"some/where\"".formatted(key.substring(dot + 1));
        String pair = key.endsWith("certFile") ? member + ", \"keyFile\": \"/dev/null\"" : member;
        String text = dot < 0 ? "{%s}".formatted(pair) : "{\"%s\": {%s}}".formatted(key.substring(0, dot), pair);

        assertThat(read(text).warnings())
                .contains(file() + ":1: " + key + ": does not begin with /, it is "
                        + Path.of("some/where").toAbsolutePath() + " this time");
    }

    @Test
    void noCacheIsPutWhereTheDaemonHappensToBe() {
        assertRefused(
                "{\"cacheConfig\": {\"cacheDir\": \"\"}}",
                "cacheConfig.cacheDir: a path that begins with / is expected, found \"\"");
    }

    @Test
    void filesThatMayComeLaterAreNamed() throws IOException {
        ServiceConfig config = read("""
                {"registry": {
                   "caFiles": ["/nonexistent/ca"]},
                 "certConfig": {"certFile": "/nonexistent/c",
                   "keyFile": "%s"}}""".formatted(Files.createFile(dir.resolve("key"))));

        assertThat(config.warnings())
                .containsExactly(
                        file()
                                + ":2: registry.caFiles: there is no file /nonexistent/ca yet: registries cannot be asked by"
                                + " TLS until there is",
                        file()
                                + ":3: certConfig.certFile: there is no file /nonexistent/c yet: registries cannot be asked by"
                                + " TLS until there is");
    }

    @Test
    void olderNamesBesideNewerOnesAreReported() throws IOException {
        ServiceConfig config = read("""
                {"registryCacheDir": "/old", "registryCacheSizeGB": 1, "cacheConfig": {"cacheDir": "/new"},
                 "logPath": "/old", "logConfig": {"logPath": "/new"},
                 "credentialConfig": {"mode": "", "path": "/creds"}}
                """);

        assertThat(config.cache().directory()).isEqualTo(Path.of("/new"));
        assertThat(config.warnings())
                .containsExactlyInAnyOrder(
                        file() + ":1: registryCacheDir: has no effect beside cacheConfig",
                        file() + ":2: logPath: has no effect beside logConfig.logPath",
                        file() + ":3: credentialConfig.path: has no effect, as credentialConfig.mode is missing");
    }

    private void assertRefused(String text, String problem) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(ConfigException.class).hasMessageContaining(problem);
    }

    private Path file() {
        return dir.resolve("overlaybd.json");
    }

    private ServiceConfig read(String text) throws IOException {
        return ServiceConfig.read(Files.writeString(file(), text));
    }
}
