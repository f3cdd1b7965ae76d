package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotterConfigTest {
    @TempDir
    Path dir;

    @Test
    void withoutAFileEverythingHasItsDefault() throws Exception {
        SnapshotterConfig config = SnapshotterConfig.read(Optional.empty(), Map.of());

        Path root = Path.of("/var/lib/containerd/io.containerd.snapshotter.v1.nydus");
        assertThat(config)
                .isEqualTo(new SnapshotterConfig(
                        root,
                        Path.of("/run/containerd-nydus/containerd-nydus-grpc.sock"),
                        new SnapshotterConfig.Owner(0, 0),
                        DaemonMode.DEDICATED,
                        FsDriver.FUSEDEV,
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        new SnapshotterConfig.Daemon(
                                "nydusd",
                                Path.of("/etc/nydus/nydusd-config.json"),
                                RecoverPolicy.RESTART,
                                0,
                                100,
                                "resend",
                                Duration.ZERO),
                        Optional.empty(),
                        Optional.empty(),
                        new SnapshotterConfig.Snapshots(false, "nydus-overlayfs", false, false, false),
                        new SnapshotterConfig.Remote(
                                false,
                                false,
                                Optional.empty(),
                                new CredentialsConfig(Optional.empty(), Optional.empty()),
                                Duration.ZERO),
                        new SnapshotterConfig.Cache(root.resolve("cache"), true, Duration.ofHours(24)),
                        new SnapshotterConfig.Log(
                                "info", false, root.resolve("logs"), 200, 5, Duration.ZERO, true, true),
                        config.warnings()));
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void theFileIsReadAsItsKeysSay() throws Exception {
        SnapshotterConfig config = read("""
            version = 1
            root = "/r"
            address = "/a.sock"
            uid = 7
            daemon_mode = "shared"
            cleanup_on_close = true
            [system]
            enable = true
            address = "/s.sock"
            uid = 8
            gid = 9
            [system.debug]
            daemon_cpu_profile_duration_secs = 5
            [metrics]
            address = ":9110"
            hung_io_interval = "3s"
            collect_interval = "20s"
            [cgroup]
            enable = true
            memory_limit = "2GiB"
            [image]
            validate_signature = true
            public_key_file = "/key.pem"
            [daemon]
            nydusd_path = "/opt/nydusd"
            nydusd_config = "/c.json"
            recover_policy = "none"
            threads_number = 8
            log_rotation_size = 3
            failover_policy = "flush"
            [snapshot]
            enable_nydus_overlayfs = true
            nydus_overlayfs_path = "/opt/helper"
            sync_remove = true
            [remote]
            skip_ssl_verify = true
            [remote.mirrors_config]
            dir = "/certs.d"
            [remote.auth]
            enable_cri_keychain = true
            image_service_address = "unix:///run/cri.sock"
            credential_renewal_interval = "10m"
            [cache_manager]
            disable = true
            gc_period = "1h30m"
            [log]
            level = "warning"
            log_to_stdout = true
            """);

        assertThat(config.mode()).isEqualTo(DaemonMode.SHARED);
        assertThat(config.owner().uid()).isEqualTo(7);
        assertThat(config.system())
                .contains(new SnapshotterConfig.SystemSocket(Path.of("/s.sock"), new SnapshotterConfig.Owner(8, 9)));
        assertThat(config.metrics())
                .contains(new SnapshotterConfig.MetricsServer(
                        new InetSocketAddress(9110), Duration.ofSeconds(3), Duration.ofSeconds(20)));
        assertThat(config.cgroup()).contains(new SnapshotterConfig.Cgroup(OptionalLong.of(2L << 30)));
        assertThat(config.signatureKey()).contains(Path.of("/key.pem"));
        assertThat(config.daemon())
                .isEqualTo(new SnapshotterConfig.Daemon(
                        "/opt/nydusd", Path.of("/c.json"), RecoverPolicy.NONE, 8, 3, "flush", Duration.ofSeconds(5)));
        assertThat(config.snapshot())
                .isEqualTo(new SnapshotterConfig.Snapshots(true, "/opt/helper", false, true, false));
        assertThat(config.remote().mirrors()).contains(Path.of("/certs.d"));
        assertThat(config.remote().credentials().runtime()).contains(Path.of("/run/cri.sock"));
        assertThat(config.remote().renewal()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.cache().collect()).isFalse();
        assertThat(config.cache().directory()).isEqualTo(Path.of("/r/cache"));
        assertThat(config.log().level()).isEqualTo("warn");
        assertThat(config.log().stdout()).isTrue();
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void theCommandLineComesFirst() throws Exception {
        Path file = Files.writeString(dir.resolve("config.toml"), "version = 1\n[daemon]\nfs_driver = \"nodev\"\n");

        SnapshotterConfig config = SnapshotterConfig.read(
                Optional.of(file),
                Map.of(
                        "root",
                        "/x",
                        "daemon.fs_driver",
                        "fusedev",
                        "cache_manager.cache_dir",
                        "/y",
                        "daemon_mode",
                        "none"));

        assertThat(config.root()).isEqualTo(Path.of("/x"));
        assertThat(config.driver()).isEqualTo(FsDriver.FUSEDEV);
        assertThat(config.mode()).isEqualTo(DaemonMode.NONE);
        assertThat(config.cache().directory()).isEqualTo(Path.of("/y"));
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        assertThatThrownBy(() -> read("""
            root = "relative"
            daemon_mode = "many"
            [daemon]
            fs_driver = "fscache"
            threads_number = 5000
            [metrics]
            address = "9110"
            collect_interval = "0s"
            [system.debug]
            pprof_address = "127.0.0.1:6060"
            [cgroup]
            memory_limit = "much"
            [image]
            validate_signature = true
            [experimental]
            enable_stargz = true
            """))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version: has to be 1")
                .hasMessageContaining("root: an absolute path")
                .hasMessageContaining("daemon_mode: one of")
                .hasMessageContaining("daemon.fs_driver: one of fusedev, nodev, proxy is expected")
                .hasMessageContaining("daemon.threads_number: 5000 is out of range")
                .hasMessageContaining("metrics.address: host:port")
                .hasMessageContaining("metrics.collect_interval: has to be longer than nothing")
                .hasMessageContaining("system.debug.pprof_address: is not supported")
                .hasMessageContaining("cgroup.memory_limit: \"much\" is no amount of memory")
                .hasMessageContaining("image.validate_signature: needs public_key_file")
                .hasMessageContaining("experimental.enable_stargz: is not supported");
    }

    @Test
    void aRootThatMakesNamesOfSocketsTooLongIsRefused() throws Exception {
        String longest = "/" + "a".repeat(68);

        assertThat(read("version = 1\nroot = \"" + longest + "\"\n").root()).hasToString(longest);
        assertThatThrownBy(() -> read("version = 1\nroot = \"" + longest + "b\"\n"))
                .hasMessageContaining("root: " + longest + "b has 70 bytes, 69 are the most");
    }

    @Test
    void aGroupWithLittleMemoryIsAWarning() throws Exception {
        assertThat(read("version = 1\n[cgroup]\nenable = true\nmemory_limit = \"200MiB\"\n")
                        .warnings())
                .singleElement()
                .asString()
                .contains("cgroup.memory_limit: 200MiB for all daemons together is little");
        assertThat(read("version = 1\n[cgroup]\nmemory_limit = \"200MiB\"\n").warnings())
                .isEmpty();
    }

    @Test
    void anUnknownKeyIsAWarning() throws Exception {
        assertThat(read("version = 1\n[daemon]\ncolour = \"blue\"\n").warnings())
                .singleElement()
                .asString()
                .contains("daemon.colour: unknown key");
    }

    @Test
    void aFileThatIsNoTomlIsNamedWithItsLine() {
        assertThatThrownBy(() -> read("version = 1\nroot = \n")).hasMessageContaining("config.toml:2");
    }

    private SnapshotterConfig read(String text) throws IOException {
        return SnapshotterConfig.read(Optional.of(Files.writeString(dir.resolve("config.toml"), text)), Map.of());
    }
}
