package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class MirrorTest {
    private static final byte[] CONTENT = "0123456789".repeat(1000).getBytes(StandardCharsets.US_ASCII);
    private static final Descriptor BLOB = Descriptor.of("application/octet-stream", CONTENT);

    private final MockWebServer origin = new MockWebServer();
    private final MockWebServer mirror = new MockWebServer();
    private final List<String> askedFor = new ArrayList<>();
    private RegistryClient client;
    private String withoutCredentials = "";

    @TempDir
    private Path hosts;

    @BeforeEach
    void start() throws IOException {
        origin.start();
        mirror.start();
        client = client(Duration.ofSeconds(10));
    }

    @AfterEach
    void stop() {
        client.close();
        origin.close();
        mirror.close();
    }

    private RegistryClient client(Duration operationTimeout) {
        return new RegistryClient(
                RegistryConfig.builder()
                        .proxies(ProxyRules.none())
                        .plainHttpHosts(Set.of("localhost"))
                        .readTimeout(Duration.ofSeconds(10))
                        .operationTimeout(operationTimeout)
                        .retries(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(2)))
                        .hosts(new HostsDirectory(hosts))
                        .build(),
                new CredentialSource() {
                    @Override
                    public Optional<Credentials> find(String host, String repository) throws IOException {
                        if (host.equals(withoutCredentials)) {
                            throw new IOException("the service answers that it has failed");
                        }
                        askedFor.add(host);
                        return Optional.of(new Credentials.UserPassword(host, "p"));
                    }

                    @Override
                    public String name() {
                        return "test";
                    }
                });
    }

    private String registry() {
        return "localhost:" + origin.getPort();
    }

    private static String url(MockWebServer server) {
        return "http://localhost:" + server.getPort();
    }

    private Repository repository(String toml) throws IOException {
        Path directory = Files.createDirectories(hosts.resolve(registry()));
        Files.writeString(directory.resolve("hosts.toml"), toml);
        return client.repository(ImageReference.parse(registry() + "/app"));
    }

    private static String host(String url, String more) {
        return "[host.\"" + url + "\"]\n" + more + "\n";
    }

    @Test
    void aHostThatIsListedTwiceIsAskedOnce() throws Exception {
        mirror.enqueue(status(404));
        origin.enqueue(status(404));
        RegistryHost twice = RegistryHost.mirror(url(mirror), RegistryHost.HostTls.NONE, Map.of());
        try (RegistryClient both = new RegistryClient(
                RegistryConfig.builder()
                        .proxies(ProxyRules.none())
                        .plainHttpHosts(Set.of("localhost"))
                        .hosts(_ -> List.of(twice, twice, RegistryHost.REGISTRY))
                        .build(),
                CredentialSource.ANONYMOUS)) {
            Repository repository = both.repository(ImageReference.parse(registry() + "/app"));

            assertThatThrownBy(() -> repository.resolve("latest")).isInstanceOf(RegistryException.NotFound.class);
        }
        assertThat(mirror.getRequestCount()).isEqualTo(1);
        assertThat(origin.getRequestCount()).isEqualTo(1);
    }

    private static MockResponse status(int code) {
        return new MockResponse.Builder().code(code).build();
    }

    private static MockResponse head(Descriptor document) {
        return new MockResponse.Builder()
                .setHeader("Content-Type", document.mediaType())
                .setHeader("Docker-Content-Digest", document.digest().toString())
                .setHeader("Content-Length", document.size())
                .build();
    }

    private static MockResponse.Builder content() {
        return new MockResponse.Builder().body(new String(CONTENT, StandardCharsets.US_ASCII));
    }

    private static MockResponse range(int first, int last) {
        return new MockResponse.Builder()
                .code(206)
                .setHeader("Content-Range", "bytes " + first + "-" + last + "/" + CONTENT.length)
                .body(new String(CONTENT, first, last + 1 - first, StandardCharsets.US_ASCII))
                .build();
    }

    private static String read(RemoteBlob blob, int offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        blob.read(offset, dst);
        return new String(dst.array(), StandardCharsets.US_ASCII);
    }

    private static int deadPort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @Test
    void aMirrorIsAskedInsteadOfTheRegistryAndToldWhichOneIsMeant() throws Exception {
        Repository images = repository(host(url(mirror) + "/eu", "header.x-tenant = ['a', 'b']"));
        mirror.enqueue(head(BLOB));
        mirror.enqueue(content().build());
        assertThat(images.resolve("v1").digest()).isEqualTo(BLOB.digest());
        assertThat(images.pull(BLOB).readAllBytes()).isEqualTo(CONTENT);

        RecordedRequest resolve = mirror.takeRequest();
        assertThat(resolve.getTarget())
                .isEqualTo("/eu/v2/app/manifests/v1?ns=" + registry().replace(":", "%3A"));
        assertThat(resolve.getHeaders().values("x-tenant")).containsExactly("a", "b");
        assertThat(mirror.takeRequest().getTarget()).startsWith("/eu/v2/app/blobs/sha256:");
        assertThat(origin.getRequestCount()).isZero();
    }

    @Test
    void theRegistryItselfIsNotToldItsName() throws Exception {
        Repository images = repository(host(url(origin), "header.x-one = '1'"));
        origin.enqueue(head(BLOB));
        images.resolve("v1");
        RecordedRequest request = origin.takeRequest();
        assertThat(request.getTarget()).isEqualTo("/v2/app/manifests/v1");
        assertThat(request.getHeaders().get("x-one")).isEqualTo("1");
    }

    @Test
    void aDeadMirrorIsPassedOverAndThenLeftAlone() throws Exception {
        mirror.enqueue(new MockResponse.Builder()
                .onRequestStart(new SocketEffect.CloseSocket())
                .build());
        Repository images = repository(host(url(mirror), ""));
        origin.enqueue(head(BLOB));
        origin.enqueue(content().build());
        images.resolve("v1");
        assertThat(images.pull(BLOB).readAllBytes()).isEqualTo(CONTENT);
        assertThat(mirror.getRequestCount()).isEqualTo(1);
        assertThat(origin.getRequestCount()).isEqualTo(2);
    }

    @Test
    void aMirrorThatMayOnlyBePulledFromDoesNotSayWhatATagMeans() throws Exception {
        Repository images = repository(host(url(mirror), "capabilities = ['pull']"));
        origin.enqueue(head(BLOB));
        mirror.enqueue(head(BLOB));
        images.resolve("v1");
        images.resolve(BLOB.digest().toString());
        assertThat(origin.getRequestCount()).isEqualTo(1);
        assertThat(mirror.getRequestCount()).isEqualTo(1);
    }

    @Test
    void whatNoHostMayDoIsRefused() throws Exception {
        Repository images = repository("capabilities = ['pull']\n");
        assertThatThrownBy(() -> images.resolve("v1"))
                .isInstanceOf(RegistryException.Refused.class)
                .hasMessageContaining(url(origin))
                .hasMessageContaining("capabilities [PULL, RESOLVE]");
        assertThatThrownBy(() -> images.exists(BLOB.digest())).isInstanceOf(RegistryException.Refused.class);
    }

    @Test
    void onlyAHostThatMayBePushedToIsPushedTo() throws Exception {
        Repository images = repository(host(url(mirror), "capabilities = ['pull', 'resolve']"));
        origin.enqueue(status(201));
        images.pushDocument("v1", BLOB.mediaType(), CONTENT);
        assertThat(mirror.getRequestCount()).isZero();
    }

    @Test
    void theFailureNamesEveryHost() throws Exception {
        int dead = deadPort();
        Repository images = repository(host("http://127.0.0.1:" + dead, "") + host(url(mirror), ""));
        for (int i = 0; i < 2; i++) {
            mirror.enqueue(status(403));
            origin.enqueue(status(404));
        }
        assertThatThrownBy(() -> images.resolve("v1"))
                .isInstanceOf(RegistryException.NotFound.class)
                .hasMessageStartingWith("HEAD " + url(origin) + "/v2/app/manifests/v1: 404")
                .hasMessageContaining(
                        "and before that HEAD http://127.0.0.1:" + dead + "/v2/app/manifests/v1?…: cannot connect")
                .hasMessageContaining("and before that HEAD " + url(mirror) + "/v2/app/manifests/v1?…: 403");
    }

    @Test
    void aBlobThatAMirrorHasNotIsReadFromTheRegistryFromThenOn() throws Exception {
        RemoteBlob blob = repository(host(url(mirror), "")).blob(BLOB.digest(), BLOB.size());
        mirror.enqueue(status(404));
        origin.enqueue(range(10, 14));
        origin.enqueue(range(20, 24));
        assertThat(read(blob, 10, 5)).isEqualTo("01234");
        assertThat(read(blob, 20, 5)).isEqualTo("01234");
        assertThat(mirror.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aMirrorThatSendsAllForAPartIsAskedLast() throws Exception {
        RemoteBlob blob = repository(host(url(mirror), "")).blob(BLOB.digest(), BLOB.size());
        mirror.enqueue(content().build());
        origin.enqueue(range(20, 24));
        assertThat(read(blob, 10, 5)).isEqualTo("01234");
        assertThat(read(blob, 20, 5)).isEqualTo("01234");
        assertThat(mirror.getRequestCount()).isEqualTo(1);
        assertThat(origin.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aMirrorThatAnswersWithAPageOfHtmlIsPassedOver() throws Exception {
        Repository images = repository(host(url(mirror), ""));
        for (int i = 0; i < 2; i++) { // to HEAD, and to the GET that is to say more
            mirror.enqueue(new MockResponse.Builder()
                    .setHeader("Content-Type", "text/html; charset=utf-8")
                    .body("<html>log in first</html>")
                    .build());
        }
        origin.enqueue(head(BLOB));
        assertThat(images.resolve("v1").digest()).isEqualTo(BLOB.digest());
    }

    @Test
    void whenTheRegistryFailsAnAvoidedMirrorIsAskedAgain() throws Exception {
        RemoteBlob blob = repository(host(url(mirror), "")).blob(BLOB.digest(), BLOB.size());
        mirror.enqueue(status(503));
        origin.enqueue(range(10, 14));
        assertThat(read(blob, 10, 5)).isEqualTo("01234");
        origin.enqueue(status(503));
        mirror.enqueue(range(20, 24));
        assertThat(read(blob, 20, 5)).isEqualTo("01234");
    }

    @Test
    void aMirrorThatGivesDamagedBytesIsAskedLastForAWhile() throws Exception {
        RemoteBlob blob = repository(host(url(mirror), "")).blob(BLOB.digest(), BLOB.size());
        mirror.enqueue(range(10, 14));
        assertThat(read(blob, 10, 5)).isEqualTo("01234");

        assertThat(blob.distrust()).isTrue();

        origin.enqueue(range(20, 24));
        assertThat(read(blob, 20, 5)).isEqualTo("01234");
        assertThat(blob.distrust()).isFalse();
        assertThat(mirror.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aSilentMirrorTakesOnlyItsShareOfTheTime() throws Exception {
        client.close();
        client = client(Duration.ofSeconds(2));
        RemoteBlob blob = repository(host(url(mirror), "")).blob(BLOB.digest(), BLOB.size());
        mirror.enqueue(content().headersDelay(15, TimeUnit.SECONDS).build());
        origin.enqueue(range(10, 14));
        long start = System.nanoTime();
        assertThat(read(blob, 10, 5)).isEqualTo("01234");
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(900), Duration.ofSeconds(2));
    }

    @Test
    void aPullThatAMirrorBreaksOffGoesOnAtTheRegistry() throws Exception {
        Repository images = repository(host(url(mirror), ""));
        mirror.enqueue(content().onResponseBody(new SocketEffect.CloseSocket()).build());
        origin.enqueue(content().build());
        origin.enqueue(content().build());
        assertThat(images.pull(BLOB).readAllBytes()).isEqualTo(CONTENT);
        assertThat(origin.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aMirrorGetsItsOwnCredentialsOnly() throws Exception {
        Repository images = repository(host("http://127.0.0.1:" + mirror.getPort(), ""));
        mirror.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader("WWW-Authenticate", "Basic realm=\"m\"")
                .build());
        mirror.enqueue(head(BLOB));
        images.resolve("v1");
        assertThat(askedFor).containsOnly("127.0.0.1:" + mirror.getPort());
        mirror.takeRequest();
        assertThat(mirror.takeRequest().getHeaders().get("Authorization"))
                .isEqualTo(okhttp3.Credentials.basic("127.0.0.1:" + mirror.getPort(), "p"));
    }

    @Test
    void aMirrorForWhichCredentialsCannotBeFoundIsPassedOver() throws Exception {
        withoutCredentials = "127.0.0.1:" + mirror.getPort();
        Repository images = repository(host("http://" + withoutCredentials, ""));
        mirror.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader("WWW-Authenticate", "Basic realm=\"m\"")
                .build());
        origin.enqueue(head(BLOB));
        images.resolve("v1");
        mirror.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader("WWW-Authenticate", "Basic realm=\"m\"")
                .build());
        origin.enqueue(status(404));
        assertThatThrownBy(() -> images.resolve("v1"))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("authenticate at http://" + withoutCredentials
                        + "/v2/: the service answers that it has failed");
    }

    @Test
    void mirrorsOfAConfigurationAreForTheRegistryHoweverItIsWritten() throws IOException {
        RegistryHost own = RegistryHost.mirror("https://m", RegistryHost.HostTls.NONE, Map.of());
        RegistryHosts all =
                RegistryHosts.THEMSELVES.behind(Map.of(RegistryName.parse("registry-1.docker.io"), List.of(own)));
        assertThat(all.of("docker.io")).containsExactly(own, RegistryHost.REGISTRY);
        assertThat(all.of("index.docker.io")).containsExactly(own, RegistryHost.REGISTRY);
        assertThat(all.of("other")).containsExactly(RegistryHost.REGISTRY);
    }

    @Test
    void aMirrorHasItsOwnTlsRules() throws Exception {
        HeldCertificate certificate = new HeldCertificate.Builder()
                .addSubjectAlternativeName("localhost")
                .build();
        try (MockWebServer secure = new MockWebServer()) {
            secure.useHttps(new HandshakeCertificates.Builder()
                    .heldCertificate(certificate)
                    .build()
                    .sslSocketFactory());
            secure.start();
            Repository images = repository(host("https://localhost:" + secure.getPort(), "ca = 'ca.pem'"));
            Files.writeString(hosts.resolve(registry()).resolve("ca.pem"), certificate.certificatePem());
            secure.enqueue(head(BLOB));
            images.resolve("v1");
            assertThat(secure.getRequestCount()).isEqualTo(1);
            assertThat(origin.getRequestCount()).isZero();
        }
    }

    @Test
    void whereAMirrorRedirectsItsTlsRulesCountToo() throws Exception {
        HeldCertificate certificate = new HeldCertificate.Builder()
                .addSubjectAlternativeName("localhost")
                .build();
        try (MockWebServer secure = new MockWebServer()) {
            secure.useHttps(new HandshakeCertificates.Builder()
                    .heldCertificate(certificate)
                    .build()
                    .sslSocketFactory());
            secure.start();
            mirror.enqueue(new MockResponse.Builder()
                    .code(307)
                    .setHeader("Location", secure.url("/store").toString())
                    .build());
            secure.enqueue(range(0, 3));
            Repository images = repository(host(url(mirror), "skip_verify = true"));
            assertThat(read(images.blob(BLOB.digest(), CONTENT.length), 0, 4)).isEqualTo("0123");
            assertThat(origin.getRequestCount()).isZero();
        }
    }

    @Test
    void aChangedFileCountsForTheNextRepository() throws Exception {
        origin.enqueue(head(BLOB));
        repository("").resolve("v1");
        mirror.enqueue(head(BLOB));
        repository(host(url(mirror), "")).resolve("v1");
        assertThat(mirror.getRequestCount()).isEqualTo(1);
    }
}
