package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.HttpUrl;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteBlobTest {
    private static final String CONTENT = "0123456789abcdefghij";
    private static final Digest DIGEST = Digest.sha256(CONTENT.getBytes(StandardCharsets.US_ASCII));

    private final MockWebServer registry = new MockWebServer();
    private final MockWebServer store = new MockWebServer();
    private RegistryClient client;
    private RemoteBlob blob;

    @BeforeEach
    void start() throws IOException {
        registry.start();
        store.start();
        client = client(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(2)));
        blob = repository(client).blob(DIGEST, CONTENT.length());
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
        store.close();
    }

    private RegistryClient client(RetryPolicy retries) {
        RegistryConfig config = RegistryConfig.builder()
                .proxies(ProxyRules.none())
                .plainHttpHosts(Set.of("localhost"))
                .readTimeout(Duration.ofMillis(300))
                .operationTimeout(Duration.ofSeconds(3))
                .retries(retries)
                .build();
        return new RegistryClient(config, CredentialSource.fixed(new Credentials.UserPassword("u", "p")));
    }

    private Repository repository(RegistryClient with) throws IOException {
        return with.repository(ImageReference.parse("localhost:" + registry.getPort() + "/r"));
    }

    private String read(int offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        blob.read(offset, dst);
        return new String(dst.array(), StandardCharsets.US_ASCII);
    }

    private static MockResponse.Builder range(int first, int last) {
        return new MockResponse.Builder()
                .code(206)
                .setHeader("Content-Range", "bytes " + first + "-" + last + "/" + CONTENT.length())
                .body(CONTENT.substring(first, last + 1));
    }

    private MockResponse redirect(String path) {
        return new MockResponse.Builder()
                .code(307)
                .setHeader("Location", store.url(path).toString())
                .build();
    }

    private static MockResponse status(int code) {
        return new MockResponse.Builder().code(code).build();
    }

    @Test
    void aRangeIsAskedForAndRead() throws Exception {
        registry.enqueue(range(3, 7).build());
        assertThat(read(3, 5)).isEqualTo("34567");
        RecordedRequest request = registry.takeRequest();
        assertThat(request.getTarget()).isEqualTo("/v2/r/blobs/" + DIGEST);
        assertThat(request.getHeaders().get("Range")).isEqualTo("bytes=3-7");
        assertThat(request.getHeaders().get("Accept-Encoding")).isEqualTo("identity");
    }

    @Test
    void aRedirectIsRememberedAndGetsNoCredentials() throws Exception {
        registry.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader("WWW-Authenticate", "Basic realm=x")
                .build());
        registry.enqueue(redirect("/signed?secret=1"));
        store.enqueue(range(0, 3).build());
        store.enqueue(range(4, 7).build());
        assertThat(read(0, 4)).isEqualTo("0123");
        assertThat(read(4, 4)).isEqualTo("4567");
        registry.takeRequest();
        assertThat(registry.takeRequest().getHeaders().get("Authorization")).startsWith("Basic ");
        assertThat(store.takeRequest().getHeaders().get("Authorization")).isNull();
        assertThat(store.takeRequest().getHeaders().get("Authorization")).isNull();
        assertThat(registry.getRequestCount()).isEqualTo(2);
    }

    @Test
    void aRedirectLeadsWhereTheConfigurationSays() throws Exception {
        registry.enqueue(new MockResponse.Builder()
                .code(307)
                .setHeader("Location", "https://store.invalid/signed")
                .build());
        store.enqueue(range(2, 4).build());
        RegistryConfig config = RegistryConfig.builder()
                .proxies(ProxyRules.none())
                .plainHttpHosts(Set.of("localhost"))
                .redirects(new RedirectTarget("http", "localhost:" + store.getPort()))
                .build();
        try (RegistryClient other = new RegistryClient(config, CredentialSource.ANONYMOUS)) {
            blob = repository(other).blob(DIGEST, CONTENT.length());

            assertThat(read(2, 3)).isEqualTo("234");
        }
        assertThat(store.takeRequest().getTarget()).isEqualTo("/signed");
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', https://a:8443/x?y=%2F",
        "http, '', http://a:8443/x?y=%2F",
        "'', b, https://b:8443/x?y=%2F",
        "'', b:1, https://b:1/x?y=%2F",
        "http, '[::1]', http://[::1]:8443/x?y=%2F",
    })
    void ofARedirectOnlyWhatIsSaidIsReplaced(String scheme, String host, String expected) {
        assertThat(new RedirectTarget(scheme, host).of(HttpUrl.get("https://a:8443/x?y=%2F")))
                .hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource({"ftp, a", "'', a/b", "'', u@a", "'', 'a b'"})
    void whatIsNoTargetOfARedirectIsRefused(String scheme, String host) {
        assertThatThrownBy(() -> new RedirectTarget(scheme, host)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 400, 401, 403, 404, 410, 416, 429, 500, 503})
    void aPlaceThatRefusesIsLeftInTheSameAttempt(int status) throws Exception {
        theRegistryLeadsElsewhereWhen(status(status));
    }

    @Test
    void aPlaceThatBreaksOffIsLeftInTheSameAttempt() throws Exception {
        theRegistryLeadsElsewhereWhen(new MockResponse.Builder()
                .onResponseStart(SocketEffect.Stall.INSTANCE)
                .build());
        theRegistryLeadsElsewhereWhen(
                range(1, 4).onResponseBody(new SocketEffect.CloseSocket()).build());
        theRegistryLeadsElsewhereWhen(range(1, 4).body("").chunkedBody("12", 10).build());
    }

    @Test
    void aPlaceThatGivesSomethingElseIsLeftInTheSameAttempt() throws Exception {
        theRegistryLeadsElsewhereWhen(range(2, 5).build());
        theRegistryLeadsElsewhereWhen(new MockResponse.Builder()
                .setHeader("Content-Type", "text/html")
                .body("<html>")
                .build());
    }

    /** One attempt has to do: nothing else is tried after what is given here. */
    private void theRegistryLeadsElsewhereWhen(MockResponse failure) throws Exception {
        try (RegistryClient once = client(new RetryPolicy(1, Duration.ZERO, Duration.ZERO))) {
            blob = repository(once).blob(DIGEST, CONTENT.length());
            registry.enqueue(redirect("/first"));
            store.enqueue(range(0, 0).build());
            read(0, 1);
            store.enqueue(failure);
            registry.enqueue(redirect("/second"));
            store.enqueue(range(1, 4).build());
            assertThat(read(1, 4)).isEqualTo("1234");
            assertThat(store.takeRequest().getTarget()).isEqualTo("/first");
            assertThat(store.takeRequest().getTarget()).isEqualTo("/first");
            assertThat(store.takeRequest().getTarget()).isEqualTo("/second");
        }
    }

    @Test
    void anErrorAtARedirectHidesTheSignature() {
        for (int i = 0; i < 3; i++) {
            registry.enqueue(redirect("/signed?secret=hidden"));
            store.enqueue(status(503));
        }
        assertThatThrownBy(() -> read(0, 1))
                .isInstanceOf(RegistryException.ServerError.class)
                .hasMessageContaining("/signed?…: 503")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void anotherRangeThanAskedForIsRefused() {
        registry.enqueue(range(4, 8).build());
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.Protocol.class)
                .hasMessageContaining("holds bytes 4-8/20, asked for was bytes 3-7/20");
    }

    @Test
    void aRangeOfABlobOfAnotherLengthIsRefused() {
        registry.enqueue(range(3, 7).setHeader("Content-Range", "bytes 3-7/21").build());
        assertThatThrownBy(() -> read(3, 5)).isInstanceOf(RegistryException.Protocol.class);
    }

    @Test
    void aRangeWithoutItsHeaderIsRefused() {
        registry.enqueue(new MockResponse.Builder().code(206).body("34567").build());
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.Protocol.class)
                .hasMessageContaining("Content-Range is \"null\"");
    }

    @Test
    void aRegistryThatSendsTheWholeBlobIsUnderstood() throws IOException {
        registry.enqueue(new MockResponse.Builder().body(CONTENT).build());
        assertThat(read(3, 5)).isEqualTo("34567");
    }

    @Test
    void aWholeAnswerOfAnotherLengthIsRefused() {
        registry.enqueue(new MockResponse.Builder().body("34567").build());
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.Protocol.class)
                .hasMessageContaining("an answer of 5 bytes for a blob of 20");
    }

    @Test
    void aPageOfHtmlIsNotTakenForTheBlob() {
        registry.enqueue(new MockResponse.Builder()
                .setHeader("Content-Type", "text/html; charset=utf-8")
                .body(CONTENT)
                .build());
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.Protocol.class)
                .hasMessageContaining("a page of HTML");
    }

    @Test
    void aTruncatedAnswerIsAskedForAgainAndThenReported() throws IOException {
        MockResponse shortened = range(3, 7).body("").chunkedBody("345", 10).build();
        registry.enqueue(shortened);
        registry.enqueue(range(3, 7).build());
        assertThat(read(3, 5)).isEqualTo("34567");
        for (int i = 0; i < 3; i++) {
            registry.enqueue(shortened);
        }
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.Truncated.class)
                .hasMessageContaining("ended 2 bytes early, in bytes 3-7");
    }

    @Test
    void anOverlongAnswerIsRefused() {
        registry.enqueue(range(3, 7).body("").chunkedBody("3456789", 10).build());
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.Protocol.class)
                .hasMessageContaining("more bytes came than were asked for");
    }

    @Test
    void aBrokenConnectionIsMadeAgain() throws IOException {
        registry.enqueue(
                range(3, 7).onResponseBody(new SocketEffect.CloseSocket()).build());
        registry.enqueue(range(3, 7).build());
        assertThat(read(3, 5)).isEqualTo("34567");
    }

    @Test
    void aRegistryThatHasLessThanDescribedIsReported() {
        registry.enqueue(status(416));
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.Truncated.class)
                .hasMessageContaining("has no bytes 3-7 of 20");
    }

    @Test
    void aMissingBlobIsNotAskedForAgain() {
        registry.enqueue(status(404));
        assertThatThrownBy(() -> read(3, 5)).isInstanceOf(RegistryException.NotFound.class);
        assertThat(registry.getRequestCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504})
    void aPassingFailureIsWaitedOut(int status) throws IOException {
        registry.enqueue(status(status));
        registry.enqueue(range(3, 7).build());
        assertThat(read(3, 5)).isEqualTo("34567");
    }

    @Test
    void theRegistrySaysHowLongToWait() throws IOException {
        registry.enqueue(new MockResponse.Builder()
                .code(429)
                .setHeader("Retry-After", "1")
                .build());
        registry.enqueue(range(3, 7).build());
        long start = System.nanoTime();
        read(3, 5);
        assertThat(System.nanoTime() - start).isGreaterThan(900_000_000L);
    }

    @Test
    void aWaitBeyondTheDeadlineIsNotBegun() {
        registry.enqueue(new MockResponse.Builder()
                .code(503)
                .setHeader("Retry-After", "3600")
                .body("{\"errors\":[{\"code\":\"UNAVAILABLE\",\"message\":\"come\\nback\"}]}")
                .build());
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.ServerError.class)
                .hasMessageContaining("503")
                .hasMessageContaining("(UNAVAILABLE: come back)");
    }

    @Test
    void aSilentRegistryTimesOut() throws IOException {
        client.close();
        client = client(new RetryPolicy(1, Duration.ZERO, Duration.ZERO));
        blob = repository(client).blob(DIGEST, CONTENT.length());
        registry.enqueue(range(3, 7).headersDelay(5, TimeUnit.SECONDS).build());
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.TimedOut.class)
                .hasMessageFindingMatch("no answer in time after [0-9]+\\.[0-9] s");
    }

    @Test
    void aRegistryThatIsDownIsUnreachable() {
        registry.close();
        assertThatThrownBy(() -> read(3, 5))
                .isInstanceOf(RegistryException.Unreachable.class)
                .hasMessageContaining("/v2/r/blobs/" + DIGEST + ": cannot connect");
    }

    @Test
    void theSizeIsAskedForOnce() throws IOException {
        blob = repository(client).blob(DIGEST);
        registry.enqueue(range(0, 0).build());
        assertThat(blob.size()).isEqualTo(20);
        assertThat(blob.size()).isEqualTo(20);
        assertThat(registry.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aReadOutsideTheBlobIsTheCallersMistake() {
        assertThatThrownBy(() -> read(16, 5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> read(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aPulledBlobGoesOnWhereTheConnectionBroke() throws Exception {
        registry.enqueue(new MockResponse.Builder()
                .body(new Buffer().writeUtf8(CONTENT))
                .throttleBody(10, 50, TimeUnit.MILLISECONDS)
                .onResponseBody(new SocketEffect.CloseSocket())
                .build());
        registry.enqueue(range(10, 19).build());
        Descriptor descriptor = Descriptor.of(MediaTypes.OCI_LAYER, DIGEST, CONTENT.length());
        try (var in = repository(client).pull(descriptor)) {
            assertThat(in.readAllBytes()).asString(StandardCharsets.US_ASCII).isEqualTo(CONTENT);
        }
        registry.takeRequest();
        assertThat(registry.takeRequest().getHeaders().get("Range")).isEqualTo("bytes=10-");
    }

    @Test
    void aPulledBlobIsCompleteWhenItsLastByteHasComeHoweverTheAnswerEnds() throws IOException {
        registry.enqueue(new MockResponse.Builder()
                .body("14\r\n" + CONTENT + "\r\n")
                .removeHeader("Content-Length")
                .setHeader("Transfer-Encoding", "chunked")
                .onResponseEnd(new SocketEffect.CloseSocket())
                .build());
        Descriptor descriptor = Descriptor.of(MediaTypes.OCI_LAYER, DIGEST, CONTENT.length());
        try (var in = repository(client).pull(descriptor)) {
            assertThat(in.readAllBytes()).asString(StandardCharsets.US_ASCII).isEqualTo(CONTENT);
        }
        assertThat(registry.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aRegistryThatWantsToBeLeftAloneForLongEndsThePull() throws IOException {
        registry.enqueue(new MockResponse.Builder()
                .code(429)
                .setHeader("Retry-After", "21600")
                .build());
        Descriptor descriptor = Descriptor.of(MediaTypes.OCI_LAYER, DIGEST, CONTENT.length());
        assertThatThrownBy(() -> repository(client).pull(descriptor))
                .isInstanceOf(RegistryException.TooManyRequests.class)
                .hasMessageContaining("left alone for 21600 s");
    }

    @Test
    void pulledBytesOfAnotherDigestAreNotAccepted() throws IOException {
        registry.enqueue(
                new MockResponse.Builder().body(CONTENT.replace('0', 'x')).build());
        Descriptor descriptor = Descriptor.of(MediaTypes.OCI_LAYER, DIGEST, CONTENT.length());
        try (var in = repository(client).pull(descriptor)) {
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(RegistryException.DigestMismatch.class)
                    .hasMessageContaining("wanted was " + DIGEST);
        }
    }
}
