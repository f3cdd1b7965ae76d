package io.obd.ctr.pull;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.registry.CredentialSource;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryException;
import io.obd.registry.RemoteBlob;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RangesAheadTest {
    private static final int PIECE = RangesAhead.PIECE;
    private static final Duration NEVER = Duration.ZERO;
    private static final Duration ALWAYS = Duration.ofDays(1);

    private final byte[] content = new byte[5 * PIECE + 1234];
    private final List<Integer> asked = new CopyOnWriteArrayList<>();
    private final MockWebServer server = new MockWebServer();
    private RegistryClient client;
    private RemoteBlob blob;

    /** What happens to a request for the piece of that number before it is answered. */
    private volatile Step before = piece -> 200;

    private interface Step {
        /** @return 200 to go on, or the status to answer with */
        int run(int piece) throws InterruptedException;
    }

    @BeforeEach
    void start() throws Exception {
        new Random(1).nextBytes(content);
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
                return answer(requireNonNull(request.getHeaders().get("Range")));
            }
        });
        server.start();
        String host = server.getHostName() + ":" + server.getPort();
        RegistryConfig config =
                RegistryConfig.builder().plainHttpHosts(Set.of(host)).build();
        client = new RegistryClient(config, CredentialSource.ANONYMOUS);
        blob = client.repository(new ImageReference(host, "app", "v1", null))
                .blob(Digest.sha256(content), content.length);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private MockResponse answer(String range) throws InterruptedException {
        String[] bounds = range.substring("bytes=".length()).split("-");
        int from = Integer.parseInt(bounds[0]);
        int to = Integer.parseInt(bounds[1]) + 1;
        asked.add(from);
        int status = before.run(from / PIECE);
        if (status != 200) {
            return new MockResponse.Builder().code(status).build();
        }
        return new MockResponse.Builder()
                .code(206)
                .setHeader("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + content.length)
                .body(new Buffer().write(content, from, to - from))
                .build();
    }

    @Test
    void theBlobComesInItsOrder() throws Exception {
        try (InputStream in = new RangesAhead(blob, content.length, 0, ALWAYS)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
        assertThat(asked).hasSize(6);
    }

    @Test
    void itGoesOnFromTheMiddle() throws Exception {
        int middle = 3 * PIECE / 2;
        try (InputStream in = new RangesAhead(blob, content.length, middle, ALWAYS)) {
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, middle, content.length));
        }
        assertThat(asked).contains(middle).doesNotContain(0);
    }

    @Test
    void severalPiecesAreOnTheirWayAtOnce() throws Exception {
        // The second and the third are answered only when both were asked for.
        CountDownLatch both = new CountDownLatch(2);
        before = piece -> {
            if (piece == 1 || piece == 2) {
                both.countDown();
                return both.await(60, TimeUnit.SECONDS) ? 200 : 500;
            }
            return 200;
        };

        try (InputStream in = new RangesAhead(blob, content.length, 0, ALWAYS)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void onASlowLineThereIsOnlyOne() throws Exception {
        try (InputStream in = new RangesAhead(blob, content.length, 0, NEVER)) {
            for (int piece = 0; piece < 5; piece++) {
                assertThat(in.readNBytes(PIECE)).hasSize(PIECE);
                // The one after is asked for when this one is there, and the next when it is.
                assertThat(asked).hasSizeLessThanOrEqualTo(piece + 2);
            }
            assertThat(in.readAllBytes()).hasSize(1234);
        }
    }

    @Test
    void aPieceThatCannotBeHadEndsIt() {
        before = piece -> piece == 2 ? 404 : 200;

        assertThatThrownBy(() -> {
                    try (InputStream in = new RangesAhead(blob, content.length, 0, ALWAYS)) {
                        in.readAllBytes();
                    }
                })
                .isInstanceOf(RegistryException.NotFound.class);
    }

    @Test
    void anInterruptedReaderStops() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        before = piece -> never.await(60, TimeUnit.SECONDS) ? 200 : 500;
        try (InputStream in = new RangesAhead(blob, content.length, 0, ALWAYS)) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(in::readAllBytes).hasMessageContaining("interrupted while");
            assertThat(Thread.interrupted()).isTrue();
        } finally {
            never.countDown();
        }
    }
}
