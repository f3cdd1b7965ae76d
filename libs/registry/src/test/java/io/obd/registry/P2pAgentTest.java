package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class P2pAgentTest {
    private static final String CONTENT = "0123456789abcdefghij";
    private static final Digest DIGEST = Digest.sha256(CONTENT.getBytes(StandardCharsets.US_ASCII));

    private final MockWebServer registry = new MockWebServer();
    private final MockWebServer peer = new MockWebServer();
    private RegistryClient client;
    private RemoteBlob blob;

    @BeforeEach
    void start() throws IOException {
        registry.start();
        peer.start();
        registry.setDispatcher(ranges());
        client = new RegistryClient(
                RegistryConfig.builder()
                        .proxies(ProxyRules.none())
                        .plainHttpHosts(Set.of("localhost"))
                        .operationTimeout(Duration.ofSeconds(20))
                        .build(),
                CredentialSource.fixed(new Credentials.UserPassword("u", "p")));
        blob = client.repository(ImageReference.parse("localhost:" + registry.getPort() + "/r"))
                .blob(DIGEST, CONTENT.length())
                .through(client.agent("http://localhost:" + peer.getPort() + "/accelerator"));
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
        peer.close();
    }

    @Test
    void itIsAskedForTheUrlOfTheBlob() throws Exception {
        peer.setDispatcher(ranges());

        assertThat(read(5, 3)).isEqualTo("567");

        RecordedRequest asked = peer.takeRequest();
        assertThat(asked.getTarget())
                .isEqualTo("/accelerator/http://localhost:" + registry.getPort() + "/v2/r/blobs/" + DIGEST);
        assertThat(asked.getHeaders().get("Range")).isEqualTo("bytes=5-7");
        assertThat(registry.getRequestCount()).isEqualTo(1);
        assertThat(read(10, 5)).isEqualTo("abcde");
        assertThat(registry.getRequestCount()).isEqualTo(1);
    }

    @Test
    void anAddressNeedsNoPath() throws Exception {
        peer.setDispatcher(ranges());
        blob = client.repository(ImageReference.parse("localhost:" + registry.getPort() + "/r"))
                .blob(DIGEST, CONTENT.length())
                .through(client.agent("http://localhost:" + peer.getPort()));

        assertThat(read(5, 3)).isEqualTo("567");

        assertThat(peer.takeRequest().getTarget())
                .isEqualTo("/http://localhost:" + registry.getPort() + "/v2/r/blobs/" + DIGEST);
    }

    @Test
    void oneThatGivesDamagedBytesIsLeftAloneForAWhile() throws Exception {
        peer.setDispatcher(ranges());
        assertThat(read(0, 4)).isEqualTo("0123");
        int asked = peer.getRequestCount();

        assertThat(blob.distrust()).isTrue();
        assertThat(blob.distrust()).isFalse();

        assertThat(read(0, 4)).isEqualTo("0123");
        assertThat(peer.getRequestCount()).isEqualTo(asked);
    }

    @Test
    void itIsAskedForThePlaceThatTheRegistryLeadsTo() throws Exception {
        try (MockWebServer store = new MockWebServer()) {
            store.start();
            store.setDispatcher(ranges());
            String place = "http://localhost:" + store.getPort() + "/store?signature=1";
            registry.setDispatcher(always(new MockResponse.Builder()
                    .code(307)
                    .addHeader("Location", place)
                    .build()));
            peer.setDispatcher(ranges());

            assertThat(read(0, 4)).isEqualTo("0123");

            assertThat(peer.takeRequest().getTarget()).isEqualTo("/accelerator/" + place);
        }
    }

    @Test
    void itShowsWhatTheRegistryWants() throws Exception {
        registry.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return request.getHeaders().get("Authorization") == null
                        ? new MockResponse.Builder()
                                .code(401)
                                .addHeader("WWW-Authenticate", "Basic realm=\"r\"")
                                .build()
                        : range(request);
            }
        });
        peer.setDispatcher(ranges());

        assertThat(read(0, 4)).isEqualTo("0123");

        assertThat(peer.takeRequest().getHeaders().get("Authorization")).isEqualTo(okhttp3.Credentials.basic("u", "p"));
    }

    @Test
    void whatItCannotGiveComesFromTheRegistryForAWhile() throws Exception {
        peer.setDispatcher(always(new MockResponse.Builder().code(500).build()));

        assertThat(read(0, 4)).isEqualTo("0123");
        int asked = peer.getRequestCount();
        assertThat(asked).isPositive();

        assertThat(read(4, 4)).isEqualTo("4567");
        assertThat(peer.getRequestCount()).isEqualTo(asked);
    }

    @Test
    void aFailureOfTheRegistryIsNotTakenForTheAgents() throws Exception {
        registry.setDispatcher(always(new MockResponse.Builder().code(404).build()));
        peer.setDispatcher(ranges());

        assertThatThrownBy(() -> read(0, 4)).isInstanceOf(RegistryException.NotFound.class);
        assertThat(peer.getRequestCount()).isZero();

        registry.setDispatcher(ranges());
        assertThat(read(0, 4)).isEqualTo("0123");
        assertThat(peer.getRequestCount()).isEqualTo(1);
    }

    @Test
    void itsConnectionsEndWithTheClient() throws Exception {
        peer.setDispatcher(ranges());
        read(0, 4);

        client.close();
        read(0, 4);

        assertThat(peer.takeRequest().getConnectionIndex())
                .isNotEqualTo(peer.takeRequest().getConnectionIndex());
    }

    @Test
    void itIsKnownWhetherSomebodyListens() throws IOException {
        MockWebServer gone = new MockWebServer();
        gone.start();
        int port = gone.getPort();
        gone.close();

        assertThat(client.agent("http://localhost:" + peer.getPort()).isListening())
                .isTrue();
        assertThat(client.agent("http://localhost:" + port).isListening()).isFalse();
    }

    private String read(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        blob.read(offset, bytes);
        return StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
    }

    private static Dispatcher always(MockResponse response) {
        return new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return response;
            }
        };
    }

    private static Dispatcher ranges() {
        return new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return range(request);
            }
        };
    }

    private static MockResponse range(RecordedRequest request) {
        String[] range = String.valueOf(request.getHeaders().get("Range"))
                .replace("bytes=", "")
                .split("-");
        int first = Integer.parseInt(range[0]);
        int last = Integer.parseInt(range[1]);
        return new MockResponse.Builder()
                .code(206)
                .addHeader("Content-Range", "bytes " + first + "-" + last + "/" + CONTENT.length())
                .body(CONTENT.substring(first, last + 1))
                .build();
    }
}
