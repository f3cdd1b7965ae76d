package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a registry with one blob and one user. */
class BlobCheckTest {
    private static final String THERE = "sha256:" + "1".repeat(64);
    private static final String GONE = "sha256:" + "2".repeat(64);
    private static final String ALICE = "Basic YWxpY2U6czNjcmV0";

    @TempDir
    Path dir;

    private HttpServer server;
    private String host;
    private String backend = "{\"scheme\": \"http\"}";

    @BeforeEach
    void serve() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean known = ALICE.equals(exchange.getRequestHeaders().getFirst("Authorization"));
            boolean there = exchange.getRequestURI().getPath().equals("/v2/app/blobs/" + THERE);
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"r\"");
            exchange.sendResponseHeaders(!known ? 401 : there ? 200 : 404, -1);
            exchange.close();
        });
        server.start();
        host = "127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void blobsThatAreThereAreNoObstacle() {
        assertThatCode(() -> check("s3cret", Map.of(Labels.CRI_LAYER_DIGEST, THERE)))
                .doesNotThrowAnyException();
    }

    @Test
    void aBlobThatIsGoneIsNamed() {
        assertThatThrownBy(() -> check("s3cret", Map.of(Labels.CRI_LAYER_DIGEST, THERE, Labels.REFERENCE, GONE)))
                .hasMessageContaining("blob " + GONE)
                .hasMessageContaining(host + "/app:v1")
                .hasMessageContaining("404");
    }

    @Test
    void aWrongPasswordIsSaidAndNotShown() {
        assertThatThrownBy(() -> check("wr0ng", Map.of(Labels.CRI_LAYER_DIGEST, THERE)))
                .hasMessageContaining(host + "/app:v1 cannot be read")
                .hasMessageContaining("401")
                .hasMessageNotContaining("wr0ng");
    }

    @Test
    void whatIsCachedIsNotAskedFor() throws Exception {
        Files.writeString(cachedData(), "data");

        assertThatCode(() -> check("wr0ng", Map.of(Labels.CRI_LAYER_DIGEST, GONE)))
                .doesNotThrowAnyException();
    }

    @Test
    void aFileThatADaemonMadeAndFilledWithNothingIsNotCached() throws Exception {
        try (RandomAccessFile data = new RandomAccessFile(cachedData().toFile(), "rw")) {
            data.setLength(1 << 20);
        }

        assertThatThrownBy(() -> check("s3cret", Map.of(Labels.CRI_LAYER_DIGEST, GONE)))
                .hasMessageContaining("404");
    }

    private Path cachedData() throws IOException {
        return Files.createDirectories(dir.resolve("cache")).resolve(GONE.substring(7) + ".blob.data");
    }

    @Test
    void aRegistryThatDoesNotAnswerHoldsUpNothing() {
        server.stop(0);

        assertThatCode(() -> check("s3cret", Map.of(Labels.CRI_LAYER_DIGEST, GONE)))
                .doesNotThrowAnyException();
    }

    @Test
    void whereAnyCertificateWillDoARegistryWithoutTlsIsAskedToo() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> lackEverything(plain));
            host = "127.0.0.1:" + plain.getLocalPort();
            backend = "{\"skip_verify\": true}";

            assertThatThrownBy(() -> check("s3cret", Map.of(Labels.CRI_LAYER_DIGEST, GONE)))
                    .hasMessageContaining("blob " + GONE)
                    .hasMessageContaining("404");
        }
    }

    /** A registry without blobs, and without TLS. */
    private static void lackEverything(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket connection = server.accept()) {
                boolean isHttp = connection.getInputStream().read() == 'H';
                String answer = "HTTP/1.1 " + (isHttp ? "404 Not Found" : "400 Bad Request")
                        + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                connection.shutdownOutput();
                connection.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException _) {
                // The client has gone, or the test is over.
            }
        }
    }

    private void check(String password, Map<String, String> labels) throws IOException {
        Path template = Files.writeString(dir.resolve("nydusd.json"), """
            {"device": {"backend": {"type": "registry", "config": %s}}, "mode": "direct"}\
            """.formatted(backend));
        SnapshotterConfig.Remote remote = new SnapshotterConfig.Remote(
                false,
                false,
                Optional.empty(),
                new CredentialsConfig(Optional.empty(), Optional.empty()),
                Duration.ZERO);
        BlobCache cache = new BlobCache(dir.resolve("cache"));
        InstanceConfigs configs = new InstanceConfigs(
                template,
                cache.directory(),
                remote,
                new Mirrors(Optional.empty()),
                CredentialSource.fixed(new Credentials.UserPassword("alice", password)));
        Layer boot = new Layer(
                2,
                "boot",
                LayerType.BOOTSTRAP.word(),
                Map.of(Labels.CRI_IMAGE_REF, host + "/app:v1"),
                dir.resolve("2"));
        Files.createDirectories(boot.fs());
        Files.writeString(boot.fs().resolve("image.boot"), "");
        Layer blob = new Layer(1, "blob", LayerType.BLOB.word(), labels, dir.resolve("1"));

        new BlobCheck(configs, cache).check(RafsInstance.of(boot), List.of(boot, blob));
    }
}
