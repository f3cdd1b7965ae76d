package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsTest {
    private final HeldCertificate authority =
            new HeldCertificate.Builder().certificateAuthority(0).build();
    private final HeldCertificate forClient =
            new HeldCertificate.Builder().rsa2048().signedBy(authority).build();
    private final MockWebServer registry = new MockWebServer();

    @TempDir
    private Path directory;

    private Path ca;

    @BeforeEach
    void start() throws IOException {
        HeldCertificate forServer = new HeldCertificate.Builder()
                .signedBy(authority)
                .addSubjectAlternativeName("localhost")
                .build();
        registry.useHttps(new HandshakeCertificates.Builder()
                .heldCertificate(forServer)
                .addTrustedCertificate(authority.certificate())
                .build()
                .sslSocketFactory());
        registry.start();
        ca = Files.writeString(directory.resolve("ca.crt"), authority.certificatePem());
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private static RegistryConfig.Builder config() {
        return RegistryConfig.builder()
                .proxies(ProxyRules.none())
                .retries(new RetryPolicy(1, Duration.ZERO, Duration.ZERO));
    }

    private boolean exists(RegistryConfig config) throws IOException {
        registry.enqueue(new MockResponse.Builder().build());
        try (RegistryClient client = new RegistryClient(config, CredentialSource.ANONYMOUS)) {
            return client.repository(ImageReference.parse("localhost:" + registry.getPort() + "/a"))
                    .exists(Digest.sha256(new byte[0]));
        }
    }

    @Test
    void aPrivateCaIsTrustedOnlyWhenItIsGiven() throws IOException {
        assertThatThrownBy(() -> exists(config().build())).isInstanceOf(RegistryException.Unreachable.class);
        assertThat(exists(config().caFiles(List.of(ca)).build())).isTrue();
    }

    @Test
    void anAuthorityThatIsAddedLaterCountsAtOnce() throws IOException {
        Files.writeString(
                ca,
                new HeldCertificate.Builder().certificateAuthority(0).build().certificatePem());
        try (RegistryClient client =
                new RegistryClient(config().caFiles(List.of(ca)).build(), CredentialSource.ANONYMOUS)) {
            Repository images = client.repository(ImageReference.parse("localhost:" + registry.getPort() + "/a"));
            assertThatThrownBy(() -> images.exists(Digest.sha256(new byte[0])))
                    .isInstanceOf(RegistryException.Unreachable.class);

            Files.writeString(ca, authority.certificatePem());
            registry.enqueue(new MockResponse.Builder().build());
            assertThat(images.exists(Digest.sha256(new byte[0]))).isTrue();
        }
    }

    @Test
    void aRegistryThatDoesNotSpeakTlsIsSaidTo() throws IOException {
        try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RegistryClient client = new RegistryClient(config().build(), CredentialSource.ANONYMOUS)) {
            Thread.ofVirtual().start(() -> refuse(plain));
            Repository images = client.repository(ImageReference.parse("localhost:" + plain.getLocalPort() + "/a"));
            assertThatThrownBy(() -> images.exists(Digest.sha256(new byte[0])))
                    .hasMessageContaining("no TLS connection")
                    .hasMessageContaining("if the registry speaks plain HTTP");
        }
    }

    /** As servers of plain HTTP answer what they do not understand. */
    private static void refuse(ServerSocket server) {
        try (Socket connection = server.accept()) {
            connection.getInputStream().readNBytes(16);
            connection.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void onlyAnUnknownAuthorityIsSaidToBeOne() {
        assertThatThrownBy(() -> exists(config().build()))
                .hasMessageContaining("private CA")
                .satisfies(
                        e -> assertThat(((RegistryException) e).isTransient()).isFalse());
    }

    @Test
    void aHandshakeThatIsBrokenOffMayWorkNextTime() throws IOException {
        try (ServerSocket closing = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                RegistryClient client = new RegistryClient(config().build(), CredentialSource.ANONYMOUS)) {
            Thread.ofPlatform().daemon().start(() -> closeAll(closing));
            Repository images = client.repository(ImageReference.parse("localhost:" + closing.getLocalPort() + "/a"));
            assertThatThrownBy(() -> images.exists(Digest.sha256(new byte[0])))
                    .hasMessageNotContaining("private CA")
                    .satisfies(e ->
                            assertThat(((RegistryException) e).isTransient()).isTrue());
        }
    }

    private static void closeAll(ServerSocket server) {
        try {
            while (true) {
                server.accept().close();
            }
        } catch (IOException end) {
            assertThat(server.isClosed()).isTrue();
        }
    }

    @Test
    void certificatesAreNotVerifiedWhereThatIsAskedFor() throws IOException {
        assertThat(exists(config().insecureHosts(Set.of("localhost")).build())).isTrue();
        assertThat(exists(
                        config().insecureHosts(Set.of(RegistryConfig.ALL_HOSTS)).build()))
                .isTrue();
        assertThatThrownBy(() -> exists(config().insecureHosts(Set.of("other")).build()))
                .isInstanceOf(RegistryException.Unreachable.class);
    }

    @Test
    void aCertificateDirectoryHoldsCasAndClientPairs() throws IOException {
        registry.requireClientAuth();
        assertThatThrownBy(() -> exists(config().caFiles(List.of(ca)).build())).isInstanceOf(RegistryException.class);
        Files.writeString(directory.resolve("me.cert"), forClient.certificatePem());
        Files.writeString(directory.resolve("me.key"), forClient.privateKeyPkcs8Pem());
        Path missing = directory.resolve("none");
        assertThat(exists(config().certDirs(List.of(missing, directory)).build()))
                .isTrue();
    }

    @Test
    void aClientCertificateIsShown() throws IOException {
        registry.requireClientAuth();
        Path certificate = Files.writeString(directory.resolve("c.pem"), forClient.certificatePem());
        Path key = Files.writeString(directory.resolve("k.pem"), forClient.privateKeyPkcs1Pem());
        ClientCertificate pair = ClientCertificate.parse(certificate + ":" + key);
        assertThat(exists(config().caFiles(List.of(ca))
                        .clientCertificates(List.of(pair))
                        .build()))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ecparam -genkey -name prime256v1",
                "ecparam -genkey -name secp384r1 -noout",
                "genrsa -traditional 2048",
                "genrsa 2048",
                "genpkey -algorithm ed25519"
            })
    void keysOfOpensslAreRead(String command) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
        Path key = directory.resolve("key.pem");
        ProcessBuilder openssl = new ProcessBuilder(("/usr/bin/openssl " + command).split(" "))
                .redirectOutput(key.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        assertThat(openssl.start().waitFor()).isZero();
        assertThat(PemFile.read(key).privateKey().getEncoded()).isNotEmpty();
    }

    @Test
    void unusableFilesAreNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("x.pem"), "nothing");
        assertThatThrownBy(() -> PemFile.read(file).certificates())
                .hasMessage(file + ": no certificate in it (PEM is expected)");
        assertThatThrownBy(() -> PemFile.read(file).privateKey())
                .hasMessage(file + ": no private key in it (PEM is expected)");
        Files.writeString(file, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        assertThatThrownBy(() -> PemFile.read(file).privateKey()).hasMessageContaining("is encrypted");
        for (String der : List.of("", "AAAA", "MIIB", "MHc=", "MIP/")) {
            Files.writeString(file, "-----BEGIN EC PRIVATE KEY-----\n" + der + "\n-----END EC PRIVATE KEY-----\n");
            assertThatThrownBy(() -> PemFile.read(file).privateKey())
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(file.toString());
        }
    }
}
