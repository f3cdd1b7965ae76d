package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RecentChunksTest {
    private static final int SIZE = 100;

    private final RecentChunks recent = new RecentChunks(3 * SIZE);
    private final AtomicInteger loads = new AtomicInteger();

    private static List<Chunk> chunks() throws Exception {
        Path image = Path.of(Objects.requireNonNull(RecentChunksTest.class.getResource("/golden/v6-none/base.boot"))
                .toURI());
        return Bootstrap.load(image).chunks();
    }

    private byte[] load(Chunk chunk) {
        loads.incrementAndGet();
        byte[] bytes = new byte[SIZE];
        bytes[7] = (byte) chunk.index();
        return bytes;
    }

    private boolean read(Chunk chunk) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(1);
        boolean isHere = recent.read(chunk, 7, dst, this::load);
        assertThat(dst.get(0)).isEqualTo((byte) chunk.index());
        return isHere;
    }

    @Test
    void whatWasReadLastIsHere() throws Exception {
        List<Chunk> chunks = chunks();
        for (int i = 0; i < 3; i++) {
            assertThat(read(chunks.get(i))).isFalse();
        }
        assertThat(read(chunks.get(0))).isTrue();
        assertThat(read(chunks.get(3))).isFalse();

        assertThat(read(chunks.get(0))).isTrue();
        assertThat(read(chunks.get(2))).isTrue();
        assertThat(recent.read(chunks.get(1), 7, ByteBuffer.allocate(1))).isFalse();
        assertThat(loads).hasValue(4);
    }

    @Test
    void whatWasPutIsHereAndNotLoaded() throws Exception {
        List<Chunk> chunks = chunks();
        for (int i = 0; i < 10; i++) {
            recent.put(chunks.get(i), ByteBuffer.wrap(load(chunks.get(i))));
        }
        assertThat(read(chunks.get(9))).isTrue();
        assertThat(read(chunks.get(7))).isTrue();
        assertThat(recent.read(chunks.get(6), 7, ByteBuffer.allocate(1))).isFalse();

        recent.clear();
        assertThat(recent.read(chunks.get(9), 7, ByteBuffer.allocate(1))).isFalse();
    }

    @Test
    void whatCouldNotBeLoadedIsLoadedForTheNextReader() throws Exception {
        Chunk chunk = chunks().getFirst();
        assertThatThrownBy(() -> recent.read(chunk, 7, ByteBuffer.allocate(1), _ -> {
                    throw new IOException("no way");
                }))
                .hasMessage("no way");
        assertThat(recent.read(chunk, 7, ByteBuffer.allocate(1))).isFalse();
        assertThat(read(chunk)).isFalse();
        assertThat(read(chunk)).isTrue();
    }

    @Test
    void aChunkThatManyWantIsLoadedOnce() throws Exception {
        Chunk chunk = chunks().getFirst();
        CountDownLatch go = new CountDownLatch(1);
        List<FutureTask<Boolean>> readers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            FutureTask<Boolean> reader =
                    new FutureTask<>(() -> recent.read(chunk, 7, ByteBuffer.allocate(1), wanted -> {
                        await(go);
                        return load(wanted);
                    }));
            Thread.ofVirtual().start(reader);
            readers.add(reader);
        }
        go.countDown();
        int loaders = 0;
        for (FutureTask<Boolean> reader : readers) {
            loaders += reader.get() ? 0 : 1;
        }
        assertThat(loaders).isEqualTo(1);
        assertThat(loads).hasValue(1);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
