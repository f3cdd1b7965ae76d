package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobPushTest {
    private static final long CHUNK = BlobPush.CHUNK;

    private final MockWebServer registry = new MockWebServer();

    @TempDir
    private Path directory;

    private RegistryClient client;
    private Repository images;
    private Path file;
    private Descriptor blob;

    @BeforeEach
    void start() throws IOException {
        registry.start();
        client = client(3);
        images = repository(client);
        byte[] content = new byte[(int) CHUNK + 1000];
        file = Files.write(directory.resolve("blob"), content);
        blob = Descriptor.of(MediaTypes.OCI_LAYER, content);
    }

    private static RegistryClient client(int attempts) {
        RegistryConfig config = RegistryConfig.builder()
                .proxies(ProxyRules.none())
                .plainHttpHosts(Set.of("localhost"))
                .retries(new RetryPolicy(attempts, Duration.ofMillis(1), Duration.ofMillis(1)))
                .build();
        return new RegistryClient(config, CredentialSource.ANONYMOUS);
    }

    private Repository repository(RegistryClient of) throws IOException {
        return of.repository(ImageReference.parse("localhost:" + registry.getPort() + "/a"));
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
    }

    private void answer(int code) {
        registry.enqueue(new MockResponse.Builder().code(code).build());
    }

    private void session(int code, String path, long received) {
        registry.enqueue(new MockResponse.Builder()
                .code(code)
                .setHeader("Location", path)
                .setHeader("Range", "0-" + Math.max(received - 1, 0))
                .build());
    }

    private String next() throws InterruptedException {
        RecordedRequest request = registry.takeRequest();
        String range = request.getHeaders().get("Content-Range");
        return request.getMethod() + " " + request.getUrl().encodedPath() + (range == null ? "" : " " + range);
    }

    private void skip(int requests) throws InterruptedException {
        for (int i = 0; i < requests; i++) {
            registry.takeRequest();
        }
    }

    @Test
    void anUploadGoesOnWhereTheRegistrySaysItEnded() throws Exception {
        answer(404);
        session(202, "/u/1", 0);
        registry.enqueue(new MockResponse.Builder()
                .code(202)
                .onResponseStart(new SocketEffect.CloseSocket())
                .build());
        session(204, "/u/2", 5000);
        session(202, "/u/3", CHUNK + 1000);
        answer(201);
        assertThat(images.push(blob, file, bytes -> {})).isTrue();
        skip(2);
        assertThat(next()).startsWith("PATCH /u/1 0-" + (CHUNK - 1));
        assertThat(next()).isEqualTo("GET /u/1");
        assertThat(next()).isEqualTo("PATCH /u/2 5000-" + (CHUNK + 999));
        RecordedRequest put = registry.takeRequest();
        assertThat(put.getRequestLine()).startsWith("PUT /u/3?digest=sha256");
        assertThat(put.getBodySize()).isZero();
    }

    @Test
    void aLostSessionIsBegunAgain() throws Exception {
        answer(404);
        session(202, "/u/1", 0);
        answer(404);
        answer(404);
        session(202, "/u/2", 0);
        session(202, "/u/2", CHUNK);
        session(202, "/u/2", CHUNK + 1000);
        answer(201);
        assertThat(images.push(blob, file, bytes -> {})).isTrue();
        skip(4);
        assertThat(next()).isEqualTo("POST /v2/a/blobs/uploads/");
        assertThat(next()).isEqualTo("PATCH /u/2 0-" + (CHUNK - 1));
    }

    @Test
    void aLastAnswerThatGotLostDoesNotCostTheUpload() throws IOException {
        answer(404);
        session(202, "/u/1", 0);
        session(202, "/u/1", CHUNK);
        session(202, "/u/1", CHUNK + 1000);
        registry.enqueue(new MockResponse.Builder()
                .code(201)
                .onResponseStart(new SocketEffect.CloseSocket())
                .build());
        answer(404);
        answer(200);
        assertThat(images.push(blob, file, bytes -> {})).isTrue();
    }

    @Test
    void anUploadThatGetsNowhereEnds() throws IOException {
        answer(404);
        for (int i = 0; i < 3; i++) {
            answer(503);
        }
        assertThatThrownBy(() -> images.push(blob, file, bytes -> {}))
                .isInstanceOf(RegistryException.ServerError.class);
        assertThat(registry.getRequestCount()).isEqualTo(4);
    }

    @Test
    void aRegistryThatNeverTakesTheBytesEndsTheUpload() throws IOException {
        answer(404);
        session(202, "/u/1", 0);
        for (int i = 0; i < 10; i++) {
            answer(416);
            answer(404);
            session(204, "/u/1", 0);
        }
        assertThatThrownBy(() -> images.push(MediaTypes.OCI_CONFIG, new byte[] {1}))
                .isInstanceOf(RegistryException.Refused.class)
                .hasMessageContaining("416");
        assertThat(registry.getRequestCount()).isEqualTo(2 + 3 * 3 + 1);
    }

    @Test
    void whatKeepsBreakingAnUploadIsToldAndNotThatItsSessionsAreGone() throws IOException {
        answer(404);
        for (int i = 0; i < 10; i++) {
            session(202, "/u/1", 0);
            registry.enqueue(new MockResponse.Builder()
                    .code(202)
                    .onResponseStart(new SocketEffect.CloseSocket())
                    .build());
            answer(404); // how much it has
            answer(404); // whether the blob is complete
        }
        try (RegistryClient patient = client(10)) {
            assertThatThrownBy(() -> repository(patient).push(blob, file, bytes -> {}))
                    .isInstanceOf(RegistryException.Unreachable.class)
                    .satisfies(e -> assertThat(e.getSuppressed()[0]).isInstanceOf(RegistryException.NotFound.class));
        }
    }

    @Test
    void aRegistryThatWantsToBeLeftAloneForLongEndsTheUpload() throws IOException {
        answer(404);
        registry.enqueue(new MockResponse.Builder()
                .code(429)
                .setHeader("Retry-After", "21600")
                .build());
        assertThatThrownBy(() -> images.push(blob, file, bytes -> {}))
                .isInstanceOf(RegistryException.TooManyRequests.class)
                .hasMessageContaining("left alone for 21600 s");
    }

    @Test
    void aSmallBlobIsSentWithTheRequestThatEndsTheUpload() throws Exception {
        answer(404);
        session(202, "/u/1?state=x", 0);
        answer(201);
        images.push(MediaTypes.OCI_CONFIG, new byte[] {'{', '}'});
        skip(2);
        RecordedRequest put = registry.takeRequest();
        assertThat(put.getRequestLine()).startsWith("PUT /u/1?state=x&digest=sha256");
        assertThat(put.getBodySize()).isEqualTo(2);
    }

    @Test
    void theRegistrysReasonIsInTheText() throws IOException {
        answer(404);
        session(202, "/u/1", 0);
        registry.enqueue(new MockResponse.Builder()
                .code(400)
                .body("{\"errors\":[{\"code\":\"DIGEST_INVALID\",\"message\":\"provided digest did not match\"}]}")
                .build());
        assertThatThrownBy(() -> images.push(MediaTypes.OCI_CONFIG, new byte[] {1}))
                .isInstanceOf(RegistryException.Refused.class)
                .hasMessageContaining("400")
                .hasMessageContaining("(DIGEST_INVALID: provided digest did not match)");
    }

    @Test
    void aFailedUploadNamesItsBlob() throws IOException {
        answer(404);
        session(202, "/u/1", 0);
        answer(413);
        assertThatThrownBy(() -> images.push(blob, file, bytes -> {}))
                .hasMessageContaining("PATCH http://localhost:" + registry.getPort() + "/u/1: 413")
                .hasMessageContaining(blob.digest().toString());
    }

    @Test
    void aFileOfAnotherLengthIsNotSent() {
        Descriptor longer = Descriptor.of(MediaTypes.OCI_LAYER, blob.digest(), blob.size() + 1);
        assertThatThrownBy(() -> images.push(longer, file, bytes -> {}))
                .hasMessageContaining(file + " has " + blob.size() + " bytes");
        assertThat(registry.getRequestCount()).isZero();
    }
}
