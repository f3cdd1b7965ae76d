package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.registry.Digest;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SegmentTest {
    private static final int GRANULE = 64 << 10;
    private static final int SEGMENTS = 8;
    private static final int GRANULES = 64;

    @TempDir
    private Path directory;

    @Test
    void ofTwoWhoWriteAGranuleOneTakesItIn() throws Exception {
        Digest digest = Digest.sha256(new byte[1]);
        CyclicBarrier bothAreReady = new CyclicBarrier(2);
        try (ExecutorService writers = Executors.newFixedThreadPool(2)) {
            for (int i = 0; i < SEGMENTS; i++) {
                Segment segment = Segment.create(
                        directory.resolve("segment-" + i),
                        new SegmentLayout.Identity(digest, (long) GRANULES * GRANULE, GRANULE, 0));
                Callable<Integer> writing = () -> {
                    int taken = 0;
                    for (int granule = 0; granule < GRANULES; granule++) {
                        bothAreReady.await();
                        taken += segment.write(granule, ByteBuffer.allocateDirect(GRANULE)) ? 1 : 0;
                    }
                    return taken;
                };
                Future<Integer> one = writers.submit(writing);
                Future<Integer> other = writers.submit(writing);

                assertThat(one.get() + other.get()).isEqualTo(GRANULES);
                assertThat(segment.retire()).isEqualTo((long) GRANULES * GRANULE);
            }
        }
    }
}
