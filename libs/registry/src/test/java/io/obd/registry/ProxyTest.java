package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyTest {
    private static final Digest DIGEST = Digest.sha256(new byte[0]);

    private final MockWebServer proxy = new MockWebServer();

    @BeforeEach
    void start() throws IOException {
        proxy.start();
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private static boolean exists(RegistryConfig config, String host) throws IOException {
        try (RegistryClient client = new RegistryClient(config, CredentialSource.ANONYMOUS)) {
            return client.repository(ImageReference.parse(host + "/a")).exists(DIGEST);
        }
    }

    @Test
    void aPlainRequestGoesThroughTheProxyWithItsPassword() throws Exception {
        proxy.enqueue(new MockResponse.Builder().build());
        ProxyRules rules = ProxyRules.explicit("http://u:p%40ss%C3%BC@localhost:" + proxy.getPort(), Map.of());
        RegistryConfig config = RegistryConfig.builder()
                .plainHttpHosts(Set.of("127.0.0.1:5000"))
                .proxies(rules)
                .build();
        assertThat(exists(config, "127.0.0.1:5000")).isTrue();
        RecordedRequest request = proxy.takeRequest();
        assertThat(request.getRequestLine()).startsWith("HEAD http://127.0.0.1:5000/v2/a/blobs/");
        assertThat(request.getHeaders().get("Proxy-Authorization")).isEqualTo("Basic dTpwQHNzw7w=");
    }

    @Test
    void aTlsRequestTunnelsThroughTheProxy(@TempDir Path directory) throws Exception {
        HeldCertificate certificate = new HeldCertificate.Builder()
                .addSubjectAlternativeName("registry.test")
                .build();
        HandshakeCertificates server =
                new HandshakeCertificates.Builder().heldCertificate(certificate).build();
        proxy.useHttps(server.sslSocketFactory());
        proxy.enqueue(new MockResponse.Builder().inTunnel().build());
        proxy.enqueue(new MockResponse.Builder().build());
        Path ca = Files.writeString(directory.resolve("ca.crt"), certificate.certificatePem());
        RegistryConfig config = RegistryConfig.builder()
                .caFiles(List.of(ca))
                .proxies(ProxyRules.fromEnvironment(Map.of("https_proxy", "http://u:p@localhost:" + proxy.getPort())))
                .build();
        assertThat(exists(config, "registry.test")).isTrue();
        RecordedRequest connect = proxy.takeRequest();
        assertThat(connect.getRequestLine()).startsWith("CONNECT registry.test:443");
        assertThat(connect.getHeaders().get("Proxy-Authorization")).isEqualTo("Basic dTpw");
        RecordedRequest inside = proxy.takeRequest();
        assertThat(inside.getHeaders().get("Proxy-Authorization")).isNull();
        assertThat(inside.getTarget()).isEqualTo("/v2/a/blobs/" + DIGEST);
    }

    @ParameterizedTest
    @CsvSource({
        "407, the proxy wants a user and a password in its URL",
        "403, the proxy forbids this host",
        "405, the proxy does not connect to this host"
    })
    void aProxyThatRefusesIsNamedAndNotAskedAgain(int status, String advice) {
        for (int i = 0; i < 4; i++) {
            proxy.enqueue(new MockResponse.Builder().code(status).inTunnel().build());
        }
        assertThatThrownBy(() -> exists(tunnelling(4), "registry.test"))
                .isInstanceOf(RegistryException.Refused.class)
                .hasMessageContaining(
                        "no tunnel (through proxy localhost:" + proxy.getPort() + "): " + status + ", " + advice)
                .hasMessageNotContaining("hidden");
        assertThat(proxy.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aProxyThatRefusesAPlainRequestIsNamedToo() {
        proxy.enqueue(new MockResponse.Builder().code(407).build());
        RegistryConfig config = RegistryConfig.builder()
                .plainHttpHosts(Set.of("registry.test"))
                .proxies(ProxyRules.explicit("http://u:hidden@localhost:" + proxy.getPort(), Map.of()))
                .build();
        assertThatThrownBy(() -> exists(config, "registry.test"))
                .isInstanceOf(RegistryException.Refused.class)
                .hasMessageContaining("not let pass (through proxy localhost:" + proxy.getPort()
                        + "): 407, the proxy wants a user and a password in its URL")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void aProxyThatFailsIsAskedAgain() {
        for (int i = 0; i < 2; i++) {
            proxy.enqueue(new MockResponse.Builder().code(503).inTunnel().build());
        }
        assertThatThrownBy(() -> exists(tunnelling(2), "registry.test"))
                .isInstanceOf(RegistryException.Unreachable.class)
                .hasMessageContaining("the proxy answers 503");
        assertThat(proxy.getRequestCount()).isEqualTo(2);
    }

    private RegistryConfig tunnelling(int attempts) {
        return RegistryConfig.builder()
                .retries(new RetryPolicy(attempts, Duration.ofMillis(1), Duration.ofMillis(1)))
                .proxies(ProxyRules.explicit("http://u:hidden@localhost:" + proxy.getPort(), Map.of()))
                .build();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                        | https://h.x/          | p1:1",
                "''                        | http://h.x/           | p2:2",
                "''                        | https://localhost/    | -",
                "''                        | http://127.0.0.9:5000/ | -",
                "''                        | https://[::1]:5000/   | -",
                "foo/bar, h.x              | https://h.x/          | -",
                "10.0.0.0/33,h.x           | https://h.x/          | -",
                "http://x, h.x             | https://h.x/          | -",
                "x:port, h.x               | https://h.x/          | -",
                "*                         | https://h.x/          | -",
                "h.x                       | https://h.x/          | -",
                "h.x                       | https://a.h.x/        | -",
                "h.x                       | https://ah.x/         | p1:1",
                ".h.x                      | https://h.x/          | p1:1",
                ".h.x                      | https://a.h.x/        | -",
                "*.h.x                     | https://a.h.x/        | -",
                "H.X, other                | https://h.x/          | -",
                "h.x:5000                  | https://h.x/          | p1:1",
                "h.x:5000                  | https://h.x:5000/     | -",
                "127.0.0.1                 | https://127.0.0.1:1/  | -",
                "127.0.0.0/8               | https://127.1.2.3/    | -",
                "10.0.0.0/8                | https://11.1.2.3/     | p1:1",
                "10.0.0.0/9                | https://10.128.0.1/   | p1:1",
                "::1                       | https://[::1]:5000/   | -",
                "[::1]:5000                | https://[::1]:5000/   | -",
                "fe80::/10                 | https://[fe80::1]/    | -",
                "localhost                 | https://localhost:1/  | -",
            })
    void whatIsExceptedTakesNoProxy(String noProxy, String url, String expected) {
        ProxyRules rules = ProxyRules.fromEnvironment(
                Map.of("HTTPS_PROXY", "p1:1", "http_proxy", "http://p2:2", "NO_PROXY", noProxy));
        String chosen =
                rules.choose(HttpUrl.get(url)).map(ProxyRules.Server::toString).orElse("-");
        assertThat(chosen).isEqualTo(expected);
    }

    @Test
    void aProxyThatIsGivenIsForLoopbackToo() {
        ProxyRules rules = ProxyRules.explicit("http://p:1", Map.of("NO_PROXY", "h.x"));
        assertThat(rules.choose(HttpUrl.get("https://localhost/"))).isPresent();
        assertThat(rules.choose(HttpUrl.get("https://h.x/"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks5://h:1", "https://h:1", "http://", "http://h:99999", "://"})
    void aProxyThatCannotBeUsedFailsWhatWouldTakeIt(String value) throws IOException {
        ProxyRules rules = ProxyRules.fromEnvironment(Map.of("HTTPS_PROXY", value, "NO_PROXY", "direct.test"));
        assertThat(rules.obstacle(HttpUrl.get("http://registry.test/"))).isEmpty();
        assertThat(rules.obstacle(HttpUrl.get("https://direct.test/"))).isEmpty();
        RegistryConfig config = RegistryConfig.builder().proxies(rules).build();
        assertThatThrownBy(() -> exists(config, "registry.test"))
                .isInstanceOf(RegistryException.Refused.class)
                .hasMessageContaining(": HTTPS_PROXY: ")
                .hasMessageEndingWith("; correct it, or name hosts that need no proxy in NO_PROXY");
    }

    @Test
    void theSchemeOfAProxyThatCannotBeUsedIsNamed() {
        assertThat(ProxyRules.fromEnvironment(Map.of("http_proxy", "socks5://h:1"))
                        .obstacle(HttpUrl.get("http://registry.test/")))
                .hasValueSatisfying(
                        text -> assertThat(text).startsWith("HTTP_PROXY: a proxy of scheme socks5 is not supported"));
        assertThatThrownBy(() -> ProxyRules.explicit("https://h:1", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a proxy of scheme https is not supported (http is)");
    }
}
