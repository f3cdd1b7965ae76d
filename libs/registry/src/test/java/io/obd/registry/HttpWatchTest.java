package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpWatchTest {
    private static final byte[] MANIFEST = "{\"schemaVersion\": 2}\u001b[31m".getBytes(StandardCharsets.UTF_8);

    private final MockWebServer registry = new MockWebServer();
    private final List<String> dump = new CopyOnWriteArrayList<>();
    private final List<String> trace = new CopyOnWriteArrayList<>();
    private RegistryClient client;

    @BeforeEach
    void start() throws IOException {
        registry.start();
        RegistryHost itself = new RegistryHost(
                null,
                EnumSet.allOf(RegistryHost.Capability.class),
                RegistryHost.HostTls.NONE,
                Map.of("x-plain", List.of("hush-header")),
                null,
                null);
        RegistryConfig config = RegistryConfig.builder()
                .proxies(ProxyRules.none())
                .plainHttpHosts(Set.of("localhost"))
                .retries(new RetryPolicy(1, Duration.ZERO, Duration.ZERO))
                .hosts(name -> List.of(itself))
                .watch(new HttpWatch(dump::add, trace::add))
                .build();
        client = new RegistryClient(config, CredentialSource.fixed(new Credentials.UserPassword("u", "hush-password")));
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
    }

    private Repository images() throws IOException {
        return client.repository(ImageReference.parse("localhost:" + registry.getPort() + "/app"));
    }

    private String shown() {
        return String.join("\n", dump) + "\n" + String.join("\n", trace);
    }

    @Test
    void aDocumentIsShownWithItsRequestAndAnswer() throws Exception {
        registry.enqueue(new MockResponse.Builder()
                .setHeader("Content-Type", MediaTypes.OCI_MANIFEST)
                .body(new String(MANIFEST, StandardCharsets.UTF_8))
                .build());
        images().fetchDocument(Descriptor.of(MediaTypes.OCI_MANIFEST, MANIFEST));
        assertThat(dump).hasSize(2);
        assertThat(dump.getFirst())
                .startsWith("[1] > GET http://localhost:" + registry.getPort() + "/v2/app/manifests/sha256:")
                .contains("\n[1] > Accept: ", "\n[1] > x-plain: <hidden>");
        assertThat(dump.getLast())
                .startsWith("[1] < 200 OK")
                .contains("\n[1] < Content-Type: " + MediaTypes.OCI_MANIFEST)
                .endsWith("\n[1] < {\"schemaVersion\": 2}?[31m");
    }

    @Test
    void blobsAreNotShown() throws Exception {
        registry.enqueue(new MockResponse.Builder()
                .setHeader("Content-Type", "application/octet-stream")
                .body("hush-blob")
                .build());
        images().pull(Descriptor.of("application/octet-stream", "hush-blob".getBytes(StandardCharsets.UTF_8)))
                .readAllBytes();
        assertThat(dump.getLast()).endsWith("(body not shown, 9 bytes)");
        assertThat(shown()).doesNotContain("hush");
    }

    @Test
    void passwordsTokensCookiesAndSignaturesAreNotShown() throws Exception {
        registry.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader("WWW-Authenticate", "Bearer realm=\"" + registry.url("/token") + "\",service=\"s\"")
                .build());
        registry.enqueue(new MockResponse.Builder()
                .setHeader("Content-Type", "application/json")
                .body("{\"token\": \"hush-token\", \"expires_in\": 60}")
                .build());
        registry.enqueue(new MockResponse.Builder()
                .code(307)
                .setHeader("Set-Cookie", "a=hush-cookie")
                .setHeader("X-Registry-Api-Key", "hush-key")
                .setHeader("Location", registry.url("/store/blob?X-Amz-Signature=hush-sign&n=5"))
                .build());
        registry.enqueue(new MockResponse.Builder().body("blob").build());
        images().pull(Descriptor.of("application/octet-stream", "blob".getBytes(StandardCharsets.UTF_8)))
                .readAllBytes();
        assertThat(registry.getRequestCount()).isEqualTo(4);
        assertThat(shown())
                .doesNotContain(
                        "hush", okhttp3.Credentials.basic("u", "hush-password").substring(6))
                .contains(
                        "Authorization: <hidden>",
                        "Set-Cookie: <hidden>",
                        "X-Registry-Api-Key: <hidden>",
                        "/store/blob?X-Amz-Signature=<hidden>&n=5",
                        "(body hidden, it holds a secret, 41 bytes)",
                        "WWW-Authenticate: Bearer realm=");
    }

    @Test
    void theWayOfARequestIsTraced() throws Exception {
        registry.enqueue(new MockResponse.Builder().code(404).build());
        assertThatThrownBy(() -> images().resolve("v1")).isInstanceOf(RegistryException.NotFound.class);
        assertThat(trace.stream()
                        .map(line ->
                                line.replaceFirst("\\[1] +[0-9.]+ ms  ", "").replaceAll("[0-9]+$|:.*", "")))
                .containsSubsequence(
                        "HEAD http",
                        "looking up localhost",
                        "connecting to 127.0.0.1",
                        "connection is ready, http/1.",
                        "request sent",
                        "the answer begins",
                        "done");
    }

    @Test
    void aConnectionThatFailsIsTraced() throws IOException {
        Repository images = images();
        registry.close();
        assertThatThrownBy(() -> images.resolve("v1")).isInstanceOf(RegistryException.Unreachable.class);
        assertThat(shown()).contains("no connection to 127.0.0.1:", "failed: java.net.ConnectException");
    }

    @ParameterizedTest
    @CsvSource({
        "https://u:p@h/x,https://h/x",
        "https://h/x?_state=abc&digest=sha256:1,https://h/x?_state=<hidden>&digest=sha256:1",
        "https://h/x?ns=a&sig=b,https://h/x?ns=a&sig=<hidden>",
        "plain text,plain text",
    })
    void urlsLoseWhatMayBeSecret(String text, String visible) {
        assertThat(Redaction.text(text)).isEqualTo(visible);
    }
}
