package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class AbortTest {
    private MockWebServer server;
    private RegistryClient client;

    @BeforeEach
    void start() throws IOException {
        server = new MockWebServer();
        server.start();
        client = new RegistryClient(
                RegistryConfig.builder()
                        .plainHttpHosts(Set.of(RegistryConfig.ALL_HOSTS))
                        .proxies(ProxyRules.none())
                        .build(),
                CredentialSource.ANONYMOUS);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void whoWaitsForARequestIsToldWithoutDelay() throws Exception {
        byte[] content = new byte[1 << 20];
        server.enqueue(new MockResponse.Builder()
                .body("x".repeat(content.length))
                .throttleBody(1, 1, TimeUnit.SECONDS)
                .build());
        Descriptor blob = Descriptor.of("blob", content);
        InputStream in = repository().pull(blob);

        CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> readToEnd(in));
        client.abort();

        assertThatThrownBy(reading::get)
                .isInstanceOf(ExecutionException.class)
                .rootCause()
                .isInstanceOf(IOException.class);
    }

    @Test
    void aSilentRegistryIsNotWaitedFor() throws Exception {
        server.enqueue(new MockResponse.Builder()
                .onResponseStart(SocketEffect.Stall.INSTANCE)
                .build());
        CompletableFuture<Descriptor> resolving = CompletableFuture.supplyAsync(() -> resolve("v1"));
        server.takeRequest();

        client.abort();

        assertThatThrownBy(resolving::get).hasMessageContaining("given up");
    }

    @Test
    void nothingBeginsAfterwards() {
        client.abort();

        assertThatThrownBy(() -> repository().resolve("v1"))
                .isInstanceOf(RegistryException.Unreachable.class)
                .hasMessageContaining("given up");
        assertThat(server.getRequestCount()).isZero();
    }

    private Repository repository() throws IOException {
        return client.repository(ImageReference.parse(server.getHostName() + ":" + server.getPort() + "/app"));
    }

    private Descriptor resolve(String tag) {
        try {
            return repository().resolve(tag);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int readToEnd(InputStream in) {
        try {
            return in.readAllBytes().length;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
