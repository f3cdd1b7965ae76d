package io.obd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.registry.Digest;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryBlobsTest {
    private static final byte[] CONTENT = "0123456789".getBytes(StandardCharsets.UTF_8);
    private static final Digest DIGEST = Digest.sha256(CONTENT);

    @TempDir
    Path dir;

    private MockWebServer server;

    @BeforeEach
    void start() throws IOException {
        server = new MockWebServer();
        server.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aBlobIsFetchedWithTheConfiguredCredentialsAndThenReadFromTheCache() throws Exception {
        String host = server.getHostName() + ":" + server.getPort();
        Files.writeString(
                dir.resolve("cred.json"),
                "{\"auths\":{\"" + host + "\":{\"username\":\"user\",\"password\":\"secret\"}}}");
        server.enqueue(new MockResponse.Builder()
                .code(401)
                .addHeader("WWW-Authenticate", "Basic realm=\"r\"")
                .build());
        server.enqueue(range());

        try (RegistryBlobs blobs = open(config("\"ioTimeoutSeconds\": 10"));
                BlobReader blob = blobs.open("http://" + host + "/v2/app/blobs", DIGEST, CONTENT.length)) {
            assertThat(read(blob, 3, 4)).isEqualTo("3456");
            assertThat(read(blob, 0, 10)).isEqualTo("0123456789");
        }

        assertThat(server.getRequestCount()).isEqualTo(2);
        server.takeRequest();
        RecordedRequest second = server.takeRequest();
        assertThat(second.getTarget()).isEqualTo("/v2/app/blobs/" + DIGEST);
        assertThat(second.getHeaders().get("Authorization")).isEqualTo("Basic dXNlcjpzZWNyZXQ=");
    }

    @Test
    void whatAnAgentOfPeersGivesIsNotCachedHere() throws Exception {
        String url = "http://" + server.getHostName() + ":" + server.getPort() + "/v2/app/blobs";
        server.enqueue(range());
        try (MockWebServer agent = new MockWebServer()) {
            agent.start();
            agent.enqueue(new MockResponse.Builder()
                    .code(206)
                    .addHeader("Content-Range", "bytes 3-6/10")
                    .body("3456")
                    .build());
            String p2p = "\"p2pConfig\": {\"enable\": true, \"address\": \"localhost:" + agent.getPort() + "/p2p\"}";
            try (RegistryBlobs blobs = open(config(p2p));
                    BlobReader blob = blobs.open(url, DIGEST, CONTENT.length)) {
                assertThat(read(blob, 3, 4)).isEqualTo("3456");
                assertThat(blobs.store().stats().bytesCached()).isZero();
            }
            assertThat(agent.takeRequest().getTarget()).isEqualTo("/p2p/" + url + "/" + DIGEST);
        }
    }

    @Test
    void anInsecureHostMayBeRedirectedToByPlainHttp() throws Exception {
        try (MockWebServer secure = new MockWebServer()) {
            secure.useHttps(new HandshakeCertificates.Builder()
                    .heldCertificate(new HeldCertificate.Builder()
                            .addSubjectAlternativeName("localhost")
                            .build())
                    .build()
                    .sslSocketFactory());
            secure.start();
            secure.enqueue(new MockResponse.Builder()
                    .code(307)
                    .addHeader("Location", server.url("/store").toString())
                    .build());
            server.enqueue(range());
            String registry = "localhost:" + secure.getPort();
            String insecure = "\"registry\": {\"insecureHosts\": [\"localhost\"]}";
            try (RegistryBlobs blobs = open(config(insecure));
                    BlobReader blob = blobs.open("https://" + registry + "/v2/app/blobs", DIGEST, CONTENT.length)) {
                assertThat(read(blob, 0, 10)).isEqualTo("0123456789");
            }
        }
    }

    @Test
    void whereNoAgentListensTheCacheIsUsed() throws Exception {
        String url = "http://" + server.getHostName() + ":" + server.getPort() + "/v2/app/blobs";
        server.enqueue(range());
        MockWebServer gone = new MockWebServer();
        gone.start();
        int port = gone.getPort();
        gone.close();
        try (RegistryBlobs blobs =
                        open(config("\"p2pConfig\": {\"enable\": true, \"address\": \"localhost:" + port + "\"}"));
                BlobReader blob = blobs.open(url, DIGEST, CONTENT.length)) {
            assertThat(read(blob, 3, 4)).isEqualTo("3456");
            assertThat(blobs.store().stats().bytesFetched()).isEqualTo(CONTENT.length);
        }
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void credentialsMayComeFromAServiceOnAUnixSocket() throws Exception {
        String host = server.getHostName() + ":" + server.getPort();
        server.enqueue(new MockResponse.Builder()
                .code(401)
                .addHeader("WWW-Authenticate", "Basic realm=\"r\"")
                .build());
        server.enqueue(range());
        Path socket = dir.resolve("s");
        List<String> asked = new CopyOnWriteArrayList<>();
        String answer = "{\"traceId\":\"\",\"success\":true,\"data\":{\"auths\":{\"" + host
                + "\":{\"username\":\"user\",\"password\":\"secret\"}}}}";
        try (ServerSocketChannel service = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            service.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(() -> serve(service, asked, answer));
            String mode = "\"credentialConfig\": {\"mode\": \"uds\", \"path\": \"" + socket + "\", \"timeout\": 5}";
            try (RegistryBlobs blobs = open(config(mode));
                    BlobReader blob = blobs.open("http://" + host + "/v2/app/blobs", DIGEST, CONTENT.length)) {
                assertThat(read(blob, 3, 4)).isEqualTo("3456");
            }
        }
        assertThat(asked).containsExactly("GET /auth?remote_url=https://" + host + "/v2/app/blobs/ HTTP/1.1");
        server.takeRequest();
        assertThat(server.takeRequest().getHeaders().get("Authorization")).isEqualTo("Basic dXNlcjpzZWNyZXQ=");
    }

    private static void serve(ServerSocketChannel service, List<String> asked, String answer) {
        try {
            while (true) {
                try (SocketChannel channel = service.accept()) {
                    ByteBuffer request = ByteBuffer.allocate(8192);
                    channel.read(request);
                    asked.add(new String(request.array(), 0, request.position(), StandardCharsets.UTF_8)
                            .lines()
                            .findFirst()
                            .orElse(""));
                    channel.write(ByteBuffer.wrap(
                            ("HTTP/1.1 200 OK\r\nContent-Length: " + answer.length() + "\r\n\r\n" + answer)
                                    .getBytes(StandardCharsets.UTF_8)));
                }
            }
        } catch (IOException _) {
            // The test has ended.
        }
    }

    @Test
    void mirrorsAreReadBeforeTheRegistry() throws Exception {
        server.enqueue(range());
        String mirror = "{\"host\": \"http://localhost:" + server.getPort() + "\", \"header\": {\"x-a\": \"b\"}}";
        try (RegistryBlobs blobs =
                        open(config("\"registry\": {\"mirrors\": {\"registry.example\": [" + mirror + "]}}"));
                BlobReader blob = blobs.open("https://registry.example/v2/app/blobs", DIGEST, CONTENT.length)) {
            assertThat(read(blob, 3, 4)).isEqualTo("3456");
        }
        RecordedRequest request = server.takeRequest();
        assertThat(request.getTarget()).isEqualTo("/v2/app/blobs/" + DIGEST + "?ns=registry.example");
        assertThat(request.getHeaders().get("x-a")).isEqualTo("b");
    }

    @Test
    void anInsecureMirrorMaySpeakPlainHttp() throws Exception {
        // The TLS handshake is not understood.
        server.enqueue(range());
        String mirror = "{\"host\": \"localhost:" + server.getPort() + "\", \"insecure\": true}";
        try (RegistryBlobs blobs =
                        open(config("\"registry\": {\"mirrors\": {\"registry.example\": [" + mirror + "]}}"));
                BlobReader blob = blobs.open("https://registry.example/v2/app/blobs", DIGEST, CONTENT.length)) {
            assertThat(read(blob, 3, 4)).isEqualTo("3456");
        }
    }

    @Test
    void theHostsDirectoryIsRead() throws Exception {
        Path hosts = Files.createDirectories(dir.resolve("hosts/_default"));
        Files.writeString(hosts.resolve("hosts.toml"), "[host.'http://localhost:" + server.getPort() + "']");
        server.enqueue(range());
        try (RegistryBlobs blobs = open(config("\"registry\": {\"hostsDir\": \"" + dir.resolve("hosts") + "\"}"));
                BlobReader blob = blobs.open("https://registry.example/v2/app/blobs", DIGEST, CONTENT.length)) {
            assertThat(read(blob, 3, 4)).isEqualTo("3456");
        }
    }

    @Test
    void anUrlThatIsNoneOfARepositoryIsNamed() throws IOException {
        try (RegistryBlobs blobs = open(config("\"ioTimeoutSeconds\": 10"))) {
            assertThatThrownBy(() -> blobs.open("ftp://host/blobs", DIGEST, 10))
                    .isInstanceOf(ImageOpenException.class)
                    .hasMessageContaining("ftp://host/blobs");
        }
    }

    @Test
    void settingsThatMakeNoSenseAreNamed() {
        assertThatThrownBy(() -> open(config("\"registry\": {\"proxy\": \"nonsense://\"}")))
                .hasMessage("registry.proxy: a proxy of scheme nonsense is not supported (http is)");
        assertThatThrownBy(
                        () -> open(config("\"registry\": {\"mirrors\": {\"r.example\": [{\"host\": \"ftp://m\"}]}}")))
                .hasMessageStartingWith("registry.mirrors.r.example: ftp://m: not the URL");
        assertThatThrownBy(
                        () -> open(config("\"registry\": {\"mirrors\": {\"https://docker.io\": [{\"host\": \"m\"}]}}")))
                .hasMessageStartingWith("registry.mirrors.https://docker.io: a registry is named as in image names");
        assertThatThrownBy(() -> open(config("\"credentialConfig\": {\"mode\": \"http\", \"path\": \"http://\"}")))
                .hasMessageStartingWith("credentialConfig.path: not the URL");
    }

    private static MockResponse range() {
        return new MockResponse.Builder()
                .code(206)
                .addHeader("Content-Range", "bytes 0-9/10")
                .body("0123456789")
                .build();
    }

    private static RegistryBlobs open(ServiceConfig config) throws IOException {
        return RegistryBlobs.open(config, RegistryBlobs.credentials(config.credentials()));
    }

    private ServiceConfig config(String more) throws IOException {
        String text = "{\"cacheConfig\": {\"cacheDir\": \"" + dir.resolve("cache") + "\"},"
                + "\"credentialFilePath\": \"" + dir.resolve("cred.json") + "\"," + more + "}";
        return ServiceConfig.read(Files.writeString(dir.resolve("overlaybd.json"), text));
    }

    private static String read(BlobReader blob, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        blob.read(offset, bytes);
        return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }
}
