package io.obd.nydusbackend.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
    private static final String LOCAL =
            "{\"device\":{\"backend\":{\"type\":\"localfs\",\"config\":{\"dir\":\"/blobs\"}}},\"mode\":\"direct\"}";

    private static final String REMOTE = """
        {"device": {
            "id": "/7",
            "backend": {"type": "registry", "config": {
                "host": "registry.example:5000", "repo": "library/app", "auth": "Ym9iOnNlY3JldA==",
                "timeout": 7, "connect_timeout": 3, "retry_limit": 4, "skip_verify": true,
                "blob_url_scheme": "http", "blob_redirected_host": "store",
                "proxy": {"url": "http://proxy:3128", "fallback": false, "ping_url": "http://proxy:1/ping",
                    "check_interval": 6, "check_pause_elapsed": 60, "use_http": true}}},
            "cache": {"type": "blobcache", "config": {"work_dir": "/cache", "disable_indexed_map": true}}},
         "mode": "cached", "digest_validate": true, "iostats_files": true, "enable_xattr": true,
         "access_pattern": true, "latest_read_files": true, "amplify_io": 65536, "id_mapping": [0, 100000, 65536],
         "fs_prefetch": {"enable": true, "threads_count": 3, "merging_size": 4096, "bandwidth_rate": 9,
             "prefetch_all": false}}
        """;

    @TempDir
    private Path directory;

    private static Settings read(String text) throws IOException {
        return new SettingsReader(Map.of()).read("test", text);
    }

    @Test
    void theConfigurationOfTheGuidesKeepsNothing() throws IOException {
        Settings settings = read(LOCAL);

        assertThat(settings)
                .isEqualTo(new Settings(
                        "",
                        new Settings.LocalFs(Optional.empty(), List.of(Path.of("/blobs"))),
                        new Settings.Cache(Optional.empty(), true, false),
                        new Settings.Rafs(
                                "direct",
                                1 << 20,
                                false,
                                false,
                                false,
                                false,
                                false,
                                Settings.IdMapping.NONE,
                                new Settings.Prefetch(false, 8, 1 << 20, 0, true)),
                        List.of()));
    }

    @Test
    void everyKeyOfVersion1HasItsEffect() throws IOException {
        assertThat(read(REMOTE))
                .isEqualTo(new Settings(
                        "/7",
                        new Settings.Registry(
                                "https",
                                "registry.example:5000",
                                "library/app",
                                "Ym9iOnNlY3JldA==",
                                "",
                                true,
                                List.of(),
                                7,
                                3,
                                4,
                                "http",
                                "store",
                                new Settings.Proxy("http://proxy:3128", false, "http://proxy:1/ping", 6, 60, true)),
                        new Settings.Cache(Optional.of(Path.of("/cache")), false, true),
                        new Settings.Rafs(
                                "cached",
                                65536,
                                true,
                                true,
                                true,
                                true,
                                true,
                                new Settings.IdMapping(0, 100000, 65536),
                                new Settings.Prefetch(true, 3, 4096, 9, false)),
                        List.of()));
    }

    @Test
    void version2IsReadInBothForms() throws IOException {
        Settings toml = read("""
            version = 2
            id = "x"
            [backend]
            type = "localfs"
            [backend.localfs]
            blob_file = "/blob"
            alt_dirs = ["/other"]
            [cache]
            type = "filecache"
            validate = true
            [cache.filecache]
            work_dir = "/cache"
            [cache.prefetch]
            enable = true
            threads = 2
            [rafs]
            batch_size = 0
            """);
        Settings json = read("""
            {"version": 2, "id": "x",
             "backend": {"type": "localfs", "localfs": {"blob_file": "/blob", "alt_dirs": ["/other"]}},
             "cache": {"type": "filecache", "validate": true, "filecache": {"work_dir": "/cache"},
                       "prefetch": {"enable": true, "threads": 2}},
             "rafs": {"batch_size": 0}}
            """);

        assertThat(toml).isEqualTo(json);
        assertThat(toml.backend())
                .isEqualTo(new Settings.LocalFs(Optional.of(Path.of("/blob")), List.of(Path.of("/other"))));
        assertThat(toml.cache()).isEqualTo(new Settings.Cache(Optional.of(Path.of("/cache")), true, true));
        assertThat(toml.rafs().prefetch()).isEqualTo(new Settings.Prefetch(true, 2, 1 << 20, 0, false));
        assertThat(toml.rafs().amplify()).isZero();
    }

    @Test
    void allProblemsAreNamedTogether() {
        assertThatThrownBy(() -> read("{\"device\":{\"backend\":{\"type\":\"localfs\",\"config\":{\"directory\":1}},"
                        + "\"cash\":{}},\"amplify_io\":\"1\"}"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("test: ")
                .hasMessageContaining("device.backend.config.dir is missing")
                .hasMessageContaining("device.backend.config.directory is no key")
                .hasMessageContaining("device.cash is no key")
                .hasMessageContaining("amplify_io is no whole number")
                .hasMessageContaining("mode is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"mode\":\"direct\"', '\"mode\":\"memory\"', mode is neither",
        "'\"type\":\"localfs\"', '\"type\":\"s3\"', device.backend.type is \"s3\"",
        "'\"mode\"', '\"fs_prefetch\":{\"stream_prefetch\":true},\"mode\"', fs_prefetch.stream_prefetch is not",
        "'\"backend\"', '\"cache\":{\"type\":\"fscache\"},\"backend\"', device.cache.type is \"fscache\"",
        "'\"backend\"', '\"external_backend\":{\"config_path\":\"/x\"},\"backend\"', device.external_backend is not",
        "'\"mode\"', '\"id_mapping\":[0,1],\"mode\"', id_mapping is no list of 3",
        "'\"dir\"', '\"dirs\":1,\"dir\"', device.backend.config.dirs is no key",
        "'\"backend\"', '\"external_backends\":[1],\"backend\"', device.external_backends is not",
    })
    void whatIsNotSupportedIsRefusedByItsName(String from, String to, String problem) {
        assertThatThrownBy(() -> read(LOCAL.replace(from, to))).hasMessageContaining(problem);
    }

    /** The original snapshotter writes the keys of all backends, with nothing in those that it does not use. */
    @Test
    void whatTheSnapshotterOfTheOriginalWritesIsUnderstood() throws IOException {
        Settings settings = read("""
            {"device": {"id": "/3", "backend": {"type": "registry", "config": {
                "readahead": false, "host": "h", "repo": "r", "scheme": "http", "proxy": {"fallback": false},
                "timeout": 5, "connect_timeout": 5, "retry_limit": 2}},
                "cache": {"type": "blobcache", "config": {"work_dir": "/c", "disable_indexed_map": false}}},
             "mode": "direct", "digest_validate": false, "enable_xattr": true, "amplify_io": 1048576,
             "fs_prefetch": {"enable": true, "prefetch_all": true, "threads_count": 10, "merging_size": 1048576}}
            """);
        Settings local = read("""
            {"device": {"backend": {"type": "localfs", "config": {
                "dir": "/d", "readahead": false, "proxy": {"fallback": false}}},
                "cache": {"type": "blobcache", "config": {"work_dir": "/c", "disable_indexed_map": false}}},
             "mode": "direct", "digest_validate": false, "fs_prefetch": {"enable": false, "prefetch_all": false}}
            """);

        assertThat(settings.warnings()).isEmpty();
        assertThat(local.warnings()).isEmpty();
    }

    @Test
    void ownersAreMovedAsTheMappingSays() {
        Settings.IdMapping mapping = new Settings.IdMapping(1, 100000, 10);

        assertThat(mapping.of(1)).isEqualTo(100000);
        assertThat(mapping.of(10)).isEqualTo(100009);
        assertThat(mapping.of(11)).isEqualTo(65534);
        assertThat(mapping.of(0)).isEqualTo(65534);
        assertThat(Settings.IdMapping.NONE.of(11)).isEqualTo(11);
    }

    @Test
    void keysOfOthersAreInTheWarnings() throws IOException {
        Settings settings = read(LOCAL.replace("\"dir\"", "\"readahead\":true,\"readahead_sec\":20,\"dir\""));

        assertThat(settings.warnings())
                .hasSize(2)
                .allMatch(warning -> warning.startsWith("device.backend.config.readahead"));
    }

    /** As nydusify of the originals and their examples write it. */
    @Test
    void whatTheOriginalsWriteAndDoNotReadIsNoError() throws IOException {
        Settings settings = read("""
            {"id": "/m", "device": {
                "backend": {"type": "registry", "config": {"host": "registry.example.com", "repo": "app",
                    "proxy": {"cache_dir": "", "url": "", "fallback": true, "ping_url": "", "timeout": 5, "connect_timeout": 0}}},
                "external_backend": {"config_path": ""},
                "cache": {"type": "blobcache", "compressed": true, "config": {"work_dir": "/c"}}},
             "mode": "direct"}
            """);

        assertThat(settings.cache().directory()).contains(Path.of("/c"));
        assertThat(settings.warnings())
                .containsExactlyInAnyOrder(
                        "id has no effect: device.id names the image",
                        "device.backend.config.proxy.timeout has no effect: nydusd has no use for it",
                        "device.cache.compressed has no effect: the cache holds content");
    }

    @Test
    void errorsQuoteNoPassword() {
        assertThatThrownBy(() -> read("{\"auth\":\"topsecret\" \"x\"}"))
                .hasMessageContaining("neither JSON nor TOML at line 1")
                .hasMessageNotContaining("topsecret");
        assertThat(new Settings.Registry(
                                "https",
                                "h",
                                "r",
                                "topsecret",
                                "topsecret",
                                false,
                                List.of(),
                                0,
                                0,
                                0,
                                "",
                                "",
                                Settings.Proxy.NONE)
                        .toString())
                .doesNotContain("topsecret");
    }

    @Test
    void theEnvironmentReplacesTheCredentialsOfTheFileOnly() throws IOException {
        Path file = Files.writeString(directory.resolve("config.json"), REMOTE);
        SettingsReader reader = new SettingsReader(Map.of("IMAGE_PULL_AUTH", "YTpi"));

        assertThat(((Settings.Registry) reader.read(file).backend()).auth()).isEqualTo("YTpi");
        assertThat(((Settings.Registry) reader.read("test", REMOTE).backend()).auth())
                .isEqualTo("Ym9iOnNlY3JldA==");
    }

    @Test
    void aBackendMayBeAllThereIs() throws IOException {
        SettingsReader reader = new SettingsReader(Map.of("IMAGE_PULL_AUTH", "Ym9iOnNlY3JldA=="));

        assertThat(reader.readBackend("--backend-config", "localfs", "{\"dir\":\"/blobs\"}"))
                .isEqualTo(new Settings.LocalFs(Optional.empty(), List.of(Path.of("/blobs"))));
        Settings.Registry registry = (Settings.Registry)
                reader.readBackend("--backend-config", "registry", "{\"host\":\"registry.example\",\"repo\":\"app\"}");
        assertThat(registry).hasToString("https://registry.example/app");
        assertThat(registry.auth()).isEqualTo("Ym9iOnNlY3JldA==");
    }

    @ParameterizedTest
    @CsvSource({
        "oss, {}, type is \"oss\"",
        "registry, {}, host is missing; repo is missing",
        "localfs, '{\"dir\":\"/b\",\"nonsense\":1}', nonsense is no key",
        "localfs, {, is neither JSON nor TOML",
    })
    void aBackendThatCannotBeUsedIsNamed(String type, String text, String reason) {
        assertThatThrownBy(() -> new SettingsReader(Map.of()).readBackend("--backend-config", type, text))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("--backend-config: ")
                .hasMessageContaining(reason);
    }
}
