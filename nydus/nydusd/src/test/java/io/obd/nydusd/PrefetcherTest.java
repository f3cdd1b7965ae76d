package io.obd.nydusd;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.nydusbackend.config.Settings;
import io.obd.nydusd.data.CacheCounters;
import io.obd.nydusd.data.Content;
import io.obd.nydusd.fs.FileRules;
import io.obd.nydusd.fs.ImageCounters;
import io.obd.nydusd.fs.RafsImage;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PrefetcherTest {
    private static final int THREADS = 3;

    private final CacheCounters counters = new CacheCounters();

    private interface Fetch {
        void begin() throws InterruptedException;
    }

    @Test
    void threadsThatBreakDownCountAsEnded() throws Exception {
        Prefetcher prefetcher = prefetcher(() -> {
            throw new IllegalStateException("Already closed");
        });

        prefetcher.start();
        prefetcher.close();

        assertThat(counters.prefetchWorkers).hasValue(0);
        assertThat(counters.prefetchEnded.get()).isPositive();
    }

    @Test
    void theEndWaitsForWhatIsBeingFetched() throws Exception {
        CountDownLatch fetching = new CountDownLatch(THREADS);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger fetched = new AtomicInteger();
        Prefetcher prefetcher = prefetcher(() -> {
            fetching.countDown();
            go.await();
            fetched.incrementAndGet();
        });
        prefetcher.start();
        assertThat(fetching.await(30, TimeUnit.SECONDS)).isTrue();
        Thread closing = Thread.ofPlatform().start(prefetcher::close);
        while (closing.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertThat(fetched).hasValue(0);

        go.countDown();
        closing.join();

        assertThat(fetched).hasValue(THREADS);
        assertThat(counters.prefetchWorkers).hasValue(0);
    }

    private Prefetcher prefetcher(Fetch fetch) throws IOException, URISyntaxException {
        Bootstrap bootstrap = Bootstrap.load(
                Path.of(Objects.requireNonNull(PrefetcherTest.class.getResource("/golden/v6-none/base.boot"))
                        .toURI()));
        FileRules rules = new FileRules(Instant.EPOCH, true, 0, 0, false, Settings.IdMapping.NONE);
        RafsImage image =
                new RafsImage("/", 1, true, bootstrap, content(fetch), rules, new ImageCounters(false, false, false));
        return new Prefetcher(image, new Settings.Prefetch(true, THREADS, 1 << 20, 0, true), List.of());
    }

    private Content content(Fetch fetch) {
        return new Content() {
            @Override
            public void read(Chunk chunk, int from, ByteBuffer dst) {
                throw new AssertionError("nobody reads");
            }

            @Override
            public long prefetch(Chunk chunk) throws IOException {
                try {
                    fetch.begin();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return 1;
            }

            @Override
            public CacheCounters counters() {
                return counters;
            }

            @Override
            public List<Path> files() {
                return List.of();
            }

            @Override
            public void close() {}
        };
    }
}
