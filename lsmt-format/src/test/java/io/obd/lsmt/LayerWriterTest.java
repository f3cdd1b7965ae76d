package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerWriterTest {
    private static final long SIZE = 1L << 30;

    @TempDir
    Path dir;

    @Test
    void whatIsWrittenIsReadBeforeAndAfterTheLayerIsFinished() throws IOException {
        Path file = dir.resolve("layer.obd");
        byte[] content = random(100_000 / 512 * 512);
        try (LayerWriter writer = LayerWriter.create(file, SIZE, null, LayerOptions.COMPRESSED)) {
            writer.write(1 << 20, ByteBuffer.wrap(content));
            writer.write(0, ByteBuffer.wrap(content, 0, 512));

            assertThat(read(writer, 1 << 20, content.length)).isEqualTo(content);
            assertThat(Files.exists(file)).isFalse();
            writer.finish();
        }

        try (LayeredImage image = LayeredImage.open(List.of(Layer.open(FileBlob.open(file))), null)) {
            assertThat(image.size()).isEqualTo(SIZE);
            assertThat(read(image, 1 << 20, content.length)).isEqualTo(content);
            assertThat(read(image, 512, 512)).containsOnly(0);
        }
    }

    @Test
    void aLayerThatIsNotFinishedLeavesNothingBehind() throws IOException {
        try (LayerWriter writer = LayerWriter.create(dir.resolve("layer"), SIZE, null, LayerOptions.PLAIN)) {
            writer.write(0, ByteBuffer.wrap(random(4096)));
        }

        try (var files = Files.list(dir)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void readingAllocatesNothing() throws IOException {
        Path file = dir.resolve("layer.obd");
        try (LayerWriter writer = LayerWriter.create(file, SIZE, null, LayerOptions.COMPRESSED)) {
            for (int i = 0; i < 200; i++) {
                writer.write(i * 20_480L, ByteBuffer.wrap(random(8192)));
            }
            writer.finish();
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        WritableLayer top = WritableLayer.create(
                WritableLayer.Kind.LOG, dir.resolve("data"), dir.resolve("index"), SIZE, LayerHeader.NIL);
        try (LayeredImage image = LayeredImage.open(List.of(Layer.open(FileBlob.open(file))), top)) {
            image.write(40_960, ByteBuffer.wrap(random(4096)));
            ByteBuffer dst = ByteBuffer.allocateDirect(1 << 20);
            long before = 0;
            for (int i = 0; i < 20_000; i++) {
                if (i == 10_000) {
                    before = threads.getCurrentThreadAllocatedBytes();
                }
                image.read(i % 500 * 8192L, dst.clear().limit(16_384));
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            // The compiler may replace code in the meantime; one object for each read would be 160 KB.
            assertThat(allocated).isLessThan(20_000);
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(io.obd.block.BlockStore store, long offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        store.read(offset, dst);
        return dst.array();
    }
}
