package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.httpserver.SocketListener;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.snapshots.BlockingCalls;
import io.obd.unixhttp.HttpResponse;
import io.obd.unixhttp.UnixHttp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a daemon that serves nothing and does not run. */
class SystemApiTest {
    @TempDir
    Path dir;

    private final PrefetchLists prefetch = new PrefetchLists();
    private Path socket;
    private SocketListener listener;

    @BeforeEach
    void serve() throws IOException {
        socket = dir.resolve("s/system.sock");
        Files.writeString(dir.resolve("nydusd.json"), """
            {"device": {"backend": {"type": "localfs", "config": {"dir": "/blobs"}}}, "mode": "direct"}""");
        listener = SystemServer.start(settings(socket), api());
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    private static SnapshotterConfig.SystemSocket settings(Path socket) throws IOException {
        int uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        int gid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:gid");
        return new SnapshotterConfig.SystemSocket(socket, new SnapshotterConfig.Owner(uid, gid));
    }

    private SystemApi api() {
        SnapshotterConfig.Daemon settings = new SnapshotterConfig.Daemon(
                "/opt/nydusd", dir.resolve("nydusd.json"), RecoverPolicy.FAILOVER, 0, 100, "resend", Duration.ZERO);
        Nydusd nydusd = new Nydusd(settings, "info", true, Duration.ofSeconds(1), Optional.empty());
        InstanceConfigs configs = new InstanceConfigs(
                dir.resolve("nydusd.json"),
                dir.resolve("cache"),
                new SnapshotterConfig.Remote(
                        false,
                        false,
                        Optional.empty(),
                        new CredentialsConfig(Optional.empty(), Optional.empty()),
                        Duration.ZERO),
                new Mirrors(Optional.empty()),
                CredentialSource.fixed(new Credentials.UserPassword("alice", "s3cret")));
        Daemon daemon = new Daemon(
                new DaemonFiles(dir, "d1"),
                true,
                dir.resolve("mnt"),
                new Daemon.Environment(
                        nydusd, configs, RecoverPolicy.FAILOVER, prefetch, new BlockingCalls(), DaemonEvents.NONE));
        return new SystemApi(() -> List.of(daemon), configs, prefetch, new Upgrade(() -> List.of(daemon), nydusd));
    }

    @Test
    void daemonsAreListedUnderTheNamesOfTheOriginal() throws Exception {
        HttpResponse answer = ask("GET", "/api/v1/daemons", "");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(new ObjectMapper().readTree(answer.body()))
                .isEqualTo(new ObjectMapper().readTree("""
            [{"id": "d1", "pid": 0, "api_socket": "DIR/socket/d1/api.sock", "supervisor_path": "DIR/supervisor/d1.sock",
              "reference": 0, "mountpoint": "DIR/mnt", "startup_cpu_utilization": 0.0, "memory_rss_kb": 0.0,
              "read_data_kb": 0.0, "instances": {}}]""".replace("DIR", dir.toString())));
    }

    @Test
    void recordsAreNotImplementedAsTheyAreNotInTheOriginal() throws Exception {
        HttpResponse answer = ask("GET", "/api/v1/daemons/records", "");

        assertThat(answer.status()).isEqualTo(501);
        assertThat(new ObjectMapper().readTree(answer.body()))
                .isEqualTo(new ObjectMapper().readTree("{\"code\":\"Unknown\",\"message\":\"not implemented\"}"));
    }

    @Test
    void aDaemonsBackendIsShown() throws Exception {
        assertThat(new ObjectMapper()
                        .readTree(ask("GET", "/api/v1/daemons/d1/backend", "").body()))
                .isEqualTo(new ObjectMapper().readTree("{\"type\": \"localfs\", \"config\": {\"dir\": \"/blobs\"}}"));
        assertThat(ask("GET", "/api/v1/daemons/d2/backend", "").status()).isEqualTo(404);
    }

    @Test
    void filesToFetchAheadAreTaken() throws Exception {
        String list = "[{\"image\":\"reg.example/app:v1\",\"prefetch\":\"/a, /b\"}]";

        assertThat(ask("PUT", "/api/v1/prefetch", list).status()).isEqualTo(200);

        assertThat(prefetch.take("reg.example/app:v1")).containsExactly("/a", "/b");
        for (String other : List.of("[", "{}", "\"x\"", "[{\"image\":\"x\",\"prefetch\":[\"/a\"]}]")) {
            assertThat(ask("PUT", "/api/v1/prefetch", other).status()).as(other).isEqualTo(400);
        }
        assertThat(ask("PUT", "/api/v1/prefetch", "[{\"image\":\"x\",\"prefetch\":\"a\"}]")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void anUpgradeThatCannotBeIsRefused() throws Exception {
        assertThat(ask("PUT", "/api/v1/daemons/upgrade", "{}").status()).isEqualTo(400);
        HttpResponse policy =
                ask("PUT", "/api/v1/daemons/upgrade", "{\"nydusd_path\":\"/x\",\"policy\":\"immediate\"}");
        assertThat(policy.status()).isEqualTo(400);
        assertThat(policy.body()).contains("policy immediate is not supported");
        HttpResponse missing = ask("PUT", "/api/v1/daemons/upgrade", "{\"nydusd_path\":\"/no/such\"}");
        assertThat(missing.status()).isEqualTo(500);
        assertThat(missing.body()).contains("/no/such is no program");
    }

    @Test
    void onlyItsOwnerMayConnect() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void whatIsNoSocketIsNotReplaced() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "mine");

        assertThatThrownBy(() -> SystemServer.start(settings(file), api()))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("is not a socket");
        assertThat(file).hasContent("mine");
    }

    private HttpResponse ask(String method, String path, String body) throws IOException {
        return new UnixHttp(socket, Duration.ofSeconds(30))
                .exchange(method, path, body.getBytes(StandardCharsets.UTF_8));
    }
}
