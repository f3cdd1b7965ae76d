package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.FileBlob;
import java.io.IOException;
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
