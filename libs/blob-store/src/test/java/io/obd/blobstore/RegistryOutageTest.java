package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.obd.registry.CredentialSource;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.ProxyRules;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RetryPolicy;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A blob of a registry over HTTP, read through the cache. */
class RegistryOutageTest {
    private static final int GRANULE = 4096;

    private final byte[] content = new byte[20 * GRANULE];
    private final RegistryClient client = new RegistryClient(
            RegistryConfig.builder()
                    .proxies(ProxyRules.none())
                    .plainHttpHosts(Set.of("localhost"))
                    .retries(new RetryPolicy(2, Duration.ofMillis(10), Duration.ofMillis(10)))
                    .build(),
            CredentialSource.ANONYMOUS);

    @TempDir
    private Path directory;

    private MockWebServer registry;
    private Digest digest;
    private BlobStore store;
    private CachedBlob blob;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(content);
        digest = Digest.sha256(content);
        registry = serve(0);
        BlobStoreConfig config = new BlobStoreConfig(
                directory, 1 << 20, GRANULE, Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(10));
        store = new BlobStore(config, FillCheck.NONE);
        blob = store.open(
                digest,
                content.length,
                client.repository(ImageReference.parse("localhost:" + registry.getPort() + "/a"))
                        .blob(digest, content.length));
    }

    @AfterEach
    void stop() throws IOException {
        blob.close();
        store.close();
        client.close();
        registry.close();
    }

    private MockWebServer serve(int port) throws IOException {
        MockWebServer server = new MockWebServer();
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                String range = String.valueOf(request.getHeaders().get("Range")).substring("bytes=".length());
                int first = Integer.parseInt(range.split("-")[0]);
                int last = Integer.parseInt(range.split("-")[1]);
                return new MockResponse.Builder()
                        .code(206)
                        .setHeader("Content-Range", "bytes " + first + "-" + last + "/" + content.length)
                        .body(new Buffer().write(content, first, last - first + 1))
                        .build();
            }
        });
        server.start(port);
        return server;
    }

    private ByteBuffer read(int offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        blob.read(offset, dst);
        return dst.flip();
    }

    @Test
    void duringAnOutageCachedBytesAreReadAndOthersFailInTimeAndAfterItAllIsWell() throws IOException {
        assertThat(read(0, 100)).isEqualTo(ByteBuffer.wrap(content, 0, 100));
        int port = registry.getPort();
        registry.close();
        blob.setReadTimeout(Duration.ofMillis(500));

        assertThat(read(50, 100)).isEqualTo(ByteBuffer.wrap(content, 50, 100));
        assertThatThrownBy(() -> read(10 * GRANULE, 100))
                .isInstanceOf(BlobUnavailableException.class)
                .hasMessageContaining("http://localhost:" + port + "/v2/a/blobs/" + digest + ": at byte 40960")
                .hasMessageContaining("within 0.5 s");

        registry = serve(port);
        blob.setReadTimeout(Duration.ofSeconds(10));
        assertThat(read(10 * GRANULE, 100)).isEqualTo(ByteBuffer.wrap(content, 10 * GRANULE, 100));
    }

    @Test
    void aRegistryThatWantsToBeLeftAloneForLongerThanAReadMayTakeIs() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        registry.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                requests.incrementAndGet();
                return new MockResponse.Builder()
                        .code(429)
                        .setHeader("Retry-After", "1000")
                        .build();
            }
        });
        blob.setReadTimeout(Duration.ofSeconds(2));

        assertThatThrownBy(() -> read(0, 100)).hasMessageContaining("left alone for 1000 s");

        // One for the read, and one for what is read ahead with it.
        assertThat(requests).hasValueLessThanOrEqualTo(2);
    }

    @Test
    void aCachedReadAllocatesNothing() throws IOException {
        ByteBuffer dst = ByteBuffer.allocateDirect(2 * GRANULE);
        blob.read(0, dst);
        while (store.stats().bytesCached() < 2 * GRANULE) {
            Thread.onSpinWait();
        }
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 20_000; i++) {
            blob.read(100, dst.clear().limit(6000));
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            blob.read(100, dst.clear().limit(6000));
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }
}
