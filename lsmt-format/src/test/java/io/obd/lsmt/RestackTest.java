package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.FileBlob;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of an image that is in use. */
class RestackTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 64;
    private static final int SNAPSHOTS = 6;

    @TempDir
    Path dir;

    /** Each block counts up; a reader never sees it go back, nor a block that is half of one write and half of another. */
    @Test
    void readersAndWritersGoOnWhileTheWritableLayerIsSealed()
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong rounds = new AtomicLong();
        try (ExecutorService threads = Executors.newCachedThreadPool();
                LayeredImage image = LayeredImage.open(List.of(), create(Kind.LOG, 0))) {
            Future<?> writer = threads.submit(() -> {
                while (!stop.get()) {
                    writeAll(image, rounds.get() + 1);
                    rounds.incrementAndGet();
                }
                return null;
            });
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(threads.submit(() -> {
                    while (!stop.get()) {
                        long written = rounds.get();
                        assertThat(lowest(image)).isGreaterThanOrEqualTo(written);
                    }
                    return null;
                }));
            }
            try {
                for (int i = 1; i <= SNAPSHOTS; i++) {
                    long before = rounds.get();
                    while (rounds.get() < before + 3 && !writer.isDone()) {
                        Thread.onSpinWait();
                    }
                    image.restack(create(Kind.LOG, i));
                }
            } finally {
                stop.set(true);
            }
            writer.get(20, TimeUnit.SECONDS);
            for (Future<?> reader : readers) {
                reader.get(20, TimeUnit.SECONDS);
            }
            assertThat(lowest(image)).isEqualTo(rounds.get());
        }

        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < SNAPSHOTS; i++) {
            layers.add(Layer.open(FileBlob.open(dir.resolve("data" + i))));
        }
        WritableLayer top = WritableLayer.open(dir.resolve("data" + SNAPSHOTS), dir.resolve("index" + SNAPSHOTS));
        try (LayeredImage image = LayeredImage.open(layers, top)) {
            assertThat(lowest(image)).isEqualTo(rounds.get());
        }
    }

    @Test
    void aLayerOfAnotherSizeIsRefusedAndTheImageGoesOn() throws IOException {
        try (LayeredImage image = LayeredImage.open(List.of(), create(Kind.SPARSE, 0));
                WritableLayer other = WritableLayer.create(
                        Kind.LOG, dir.resolve("other"), dir.resolve("other-index"), BLOCK, LayerHeader.NIL)) {
            assertThatThrownBy(() -> image.restack(other))
                    .isInstanceOf(InvalidStackException.class)
                    .hasMessage("the new writable layer has 4096 bytes, the image 262144");
            writeAll(image, 1);
            assertThat(lowest(image)).isEqualTo(1);
        }
    }

    @Test
    void aTurboOciLayerCannotBeSealed() throws IOException {
        try (LayeredImage image = LayeredImage.open(List.of(), create(Kind.TURBO_OCI, 0));
                WritableLayer other = create(Kind.LOG, 1)) {
            assertThatThrownBy(() -> image.restack(other))
                    .isInstanceOf(UnsupportedLayerException.class)
                    .hasMessageContaining("cannot be sealed");
            writeAll(image, 1);
            assertThat(lowest(image)).isEqualTo(1);
        }
    }

    private WritableLayer create(Kind kind, int number) throws IOException {
        return WritableLayer.create(
                kind,
                dir.resolve("data" + number),
                dir.resolve("index" + number),
                (long) BLOCKS * BLOCK,
                LayerHeader.NIL);
    }

    private static void writeAll(LayeredImage image, long round) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        for (int i = 0; i < BLOCK; i += Long.BYTES) {
            block.putLong(i, round);
        }
        for (int i = 0; i < BLOCKS; i++) {
            image.write((long) i * BLOCK, block.clear());
        }
    }

    private static long lowest(LayeredImage image) throws IOException {
        long lowest = Long.MAX_VALUE;
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        for (int i = 0; i < BLOCKS; i++) {
            image.read((long) i * BLOCK, block.clear());
            long round = block.getLong(0);
            for (int at = 0; at < BLOCK; at += Long.BYTES) {
                assertThat(block.getLong(at)).isEqualTo(round);
            }
            lowest = Math.min(lowest, round);
        }
        return lowest;
    }
}
