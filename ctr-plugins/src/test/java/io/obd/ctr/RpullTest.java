package io.obd.ctr;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.containerd.UnixSocketServer;
import io.obd.containerd.credentials.v1.RememberRequest;
import io.obd.ctr.fake.FakeContainerd;
import io.obd.ctr.fake.FakeCredentials;
import io.obd.ctr.fake.FakeRegistry;
import io.obd.image.LayerAnnotations;
import io.obd.registry.Descriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class RpullTest {
    @TempDir
    Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void eachLayersFateIsALine() throws Exception {
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"));
                FakeRegistry registry = new FakeRegistry()) {
            Descriptor lazy = registry.layer("one", Map.of(LayerAnnotations.BLOB_DIGEST, "sha256:" + "0".repeat(64)));
            Descriptor ordinary = registry.layer("two", Map.of());
            Descriptor manifest = registry.manifest("v1", List.of(lazy, ordinary));
            containerd.snapshots.takesLazily = labels -> labels.containsKey(LayerAnnotations.BLOB_DIGEST);

            int exitCode = run(
                    containerd.socket(), "--plain-http", registry.image("v1").toString());

            assertThat(exitCode).isZero();
            assertThat(out.toString().lines())
                    .containsExactly(
                            registry.image("v1") + ": resolved to " + manifest.digest(),
                            "layer 1 of 2 " + start(lazy) + ": lazy, its 3 B stay in the registry",
                            "layer 2 of 2 " + start(ordinary)
                                    + ": unpacked, 3 B downloaded: an ordinary layer without overlaybd annotations",
                            "done");
        }
    }

    @Test
    void labelsGoOnTheImage() throws Exception {
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"));
                FakeRegistry registry = new FakeRegistry()) {
            registry.manifest("latest", List.of());

            run(
                    containerd.socket(),
                    "--plain-http=T",
                    "--label",
                    "a=b=c,e=f",
                    "--label",
                    "d",
                    registry.host() + "/app");

            assertThat(containerd.images.byName.get(registry.image("latest").toString()))
                    .satisfies(image ->
                            assertThat(image.getLabelsMap()).isEqualTo(Map.of("a", "b=c", "e", "f", "d", "true")));
        }
    }

    @Test
    void aMissingSocketIsNamedWithWhatToDo() {
        int exitCode = run(dir.resolve("none.sock"), "registry.example.com/app:v1");

        assertThat(exitCode).isEqualTo(1);
        assertThat(err.toString())
                .contains("the socket " + dir.resolve("none.sock") + " does not exist")
                .contains("start containerd, or name its socket with --address");
    }

    @Test
    void aCertificateThatCannotBeReadIsNamedWithItsFlag() throws Exception {
        String none = dir.resolve("none.pem").toString();
        String image = "registry.example.com/app:v1";
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"))) {
            Path socket = containerd.socket();

            assertThat(run(socket, "--tlscacert", none, image)).isEqualTo(1);
            assertThat(run(socket, "--tlscacert", dir.toString(), image)).isEqualTo(1);
            assertThat(run(socket, "--tlscert", none, "--tlskey", none, image)).isEqualTo(1);
        }
        assertThat(err.toString().lines())
                .containsExactly(
                        "ctr: --tlscacert " + none + ": no such file",
                        "ctr: --tlscacert " + dir + " is a directory, a file is expected",
                        "ctr: --tlscert " + none + ": no such file");
    }

    @Test
    void aSocketThatNobodyServesIsNamed() throws Exception {
        Path socket = dir.resolve("dead.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }

        assertThat(run(socket, "registry.example.com/app:v1")).isEqualTo(1);
        assertThat(err.toString()).contains("containerd cannot be reached at " + socket + ": Connection refused");
    }

    @Test
    void aRegistryThatIsDownIsNamed() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"))) {
            assertThat(run(containerd.socket(), "--plain-http", "127.0.0.1:" + port + "/app:v1"))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("http://127.0.0.1:" + port + "/v2/app/manifests/v1");
            assertThat(containerd.leases.held).isEmpty();
        }
    }

    @Test
    void anUnknownImageIsNamed() throws Exception {
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"));
                FakeRegistry registry = new FakeRegistry()) {
            assertThat(run(
                            containerd.socket(),
                            "--plain-http",
                            registry.image("none").toString()))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("/v2/app/manifests/none").doesNotContain("\tat ");
        }
    }

    @Test
    void aSilentContainerdDoesNotHoldTheCommandUp() throws Exception {
        Path socket = dir.resolve("silent.sock");
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                FakeRegistry registry = new FakeRegistry()) {
            silent.bind(UnixDomainSocketAddress.of(socket));

            int exitCode = execute(
                    "-a",
                    socket.toString(),
                    "--connect-timeout",
                    "200ms",
                    "rpull",
                    "--plain-http",
                    registry.image("v1").toString());

            assertThat(exitCode).isEqualTo(1);
            assertThat(err.toString()).contains("containerd has not answered within 0.2 s");
        }
    }

    @Test
    void theTimeoutEndsTheWholeCommand() throws Exception {
        Path socket = dir.resolve("silent.sock");
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                FakeRegistry registry = new FakeRegistry()) {
            silent.bind(UnixDomainSocketAddress.of(socket));

            int exitCode = execute(
                    "-a",
                    socket.toString(),
                    "--timeout",
                    "200ms",
                    "rpull",
                    "--plain-http",
                    registry.image("v1").toString());

            assertThat(exitCode).isEqualTo(1);
            assertThat(err.toString()).contains("not finished within the 0.2 s of --timeout");
        }
    }

    @Test
    void wrongCallsAreUsageErrors() {
        assertThat(execute("rpull")).isEqualTo(2);
        assertThat(execute("rpull", "--no-such-flag", "a.example/b")).isEqualTo(2);
        assertThat(execute("--timeout", "soon", "rpull", "a.example/b")).isEqualTo(2);
        assertThat(execute("rpull", "A.example//b")).isEqualTo(2);
    }

    @Test
    void aMirrorOfTheHostsDirectoryIsPulledFrom() throws Exception {
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"));
                FakeRegistry mirror = new FakeRegistry()) {
            mirror.manifest("v1", List.of());
            hosts("a.example", "[host.\"http://" + mirror.host() + "\"]");

            assertThat(run(containerd.socket(), "--hosts-dir", dir + "/hosts", "a.example/app:v1"))
                    .isZero();
            assertThat(mirror.requests).contains("HEAD manifests/v1");
            assertThat(containerd.images.byName).containsKey("a.example/app:v1");
        }
    }

    @Test
    void theHostsFileSaysThatTheRegistryIsSpokenToByPlainHttp() throws Exception {
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"));
                FakeRegistry registry = new FakeRegistry()) {
            registry.manifest("v1", List.of());
            hosts(registry.host(), "server = 'http://" + registry.host() + "'");

            assertThat(run(
                            containerd.socket(),
                            "--hosts-dir",
                            dir + "/hosts",
                            registry.image("v1").toString()))
                    .isZero();
        }
    }

    @Test
    void anErrorInTheHostsFileIsNamed() throws Exception {
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"))) {
            Path file = hosts("a.example", "server = 'https://a.example'\nca = 5");

            assertThat(run(containerd.socket(), "--hosts-dir", dir + "/hosts", "a.example/b"))
                    .isEqualTo(1);
            assertThat(err.toString()).contains(file + ": ca: must be a string").doesNotContain("\tat ");
            assertThat(run(containerd.socket(), "--hosts-dir", dir + "/none", "a.example/b"))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("--hosts-dir " + dir + "/none is not a directory");
        }
    }

    @Test
    void requestsAreShownAndTracedWithoutThePassword() throws Exception {
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"));
                FakeRegistry registry = new FakeRegistry()) {
            registry.manifest("v1", List.of());
            registry.password = "me:hush";

            assertThat(run(
                            containerd.socket(),
                            "--plain-http",
                            "--user",
                            "me:hush",
                            "--http-dump",
                            "--http-trace",
                            registry.image("v1").toString()))
                    .isZero();
            assertThat(err.toString())
                    .contains(
                            "[1] > HEAD http://" + registry.host() + "/v2/app/manifests/v1",
                            "[1] < 401",
                            "[2] > Authorization: <hidden>",
                            "\"schemaVersion\":2",
                            "looking up localhost",
                            "the answer begins: 200")
                    .doesNotContain("hush", "bWU6aHVzaA");
            assertThat(out.toString()).endsWith("done\n");
        }
    }

    @Test
    void theSnapshotterIsToldThePasswordUnlessTheBackendIsNamed() throws Exception {
        FakeCredentials ours = new FakeCredentials();
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"));
                UnixSocketServer snapshotter = UnixSocketServer.start(dir.resolve("s.sock"), List.of(ours));
                UnixSocketServer original = UnixSocketServer.start(dir.resolve("o.sock"), List.of());
                FakeRegistry registry = new FakeRegistry()) {
            containerd.introspection.snapshotters.put("nydus", snapshotter.socket());
            containerd.introspection.snapshotters.put("other", original.socket());
            registry.manifest("v1", List.of());
            registry.password = "me:hush";
            String image = registry.image("v1").toString();

            assertThat(pull(containerd, "nydus", image)).isZero();
            assertThat(ours.told)
                    .containsExactly(RememberRequest.newBuilder()
                            .setImage(image.substring(0, image.lastIndexOf(':')))
                            .setUsername("me")
                            .setSecret("hush")
                            .build());
            assertThat(err.toString()).doesNotContain("not handed on");

            assertThat(pull(containerd, "other", image, "--control-socket", "/nowhere"))
                    .isZero();
            assertThat(pull(containerd, "nydus", image, "--control-socket", "/nowhere"))
                    .isZero();
            assertThat(ours.told).hasSize(1);
            assertThat(err.toString())
                    .contains("the password is not handed on to the backend")
                    .doesNotContain("hush");
        }
    }

    private int pull(FakeContainerd containerd, String snapshotter, String image, String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("--plain-http", "--user", "me:hush", "--snapshotter", snapshotter));
        arguments.addAll(List.of(options));
        arguments.add(image);
        return run(containerd.socket(), arguments.toArray(String[]::new));
    }

    private Path hosts(String registry, String toml) throws IOException {
        Path directory = Files.createDirectories(dir.resolve("hosts").resolve(registry));
        return Files.writeString(directory.resolve("hosts.toml"), toml);
    }

    @Test
    void aPasswordIsNotAskedForWithoutATerminal() throws Exception {
        try (FakeContainerd containerd = new FakeContainerd(dir.resolve("c.sock"))) {
            assertThat(run(containerd.socket(), "-u", "me", "a.example/b")).isEqualTo(2);
            assertThat(err.toString()).contains("--user needs USER:PASSWORD");
        }
    }

    private int run(Path socket, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-a", socket.toString(), "rpull"));
        all.addAll(List.of(arguments));
        return execute(all.toArray(String[]::new));
    }

    private int execute(String... arguments) {
        CommandLine command = Main.commandLine();
        return command.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private static String start(Descriptor layer) {
        return "sha256:" + layer.digest().hex().substring(0, 12);
    }
}
