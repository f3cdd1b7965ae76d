package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.FileBlob;
import io.obd.linux.Statx;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseLayerTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    Path dir;

    private Path data = Path.of("");
    private Path index = Path.of("");
    private Path lower = Path.of("");

    @BeforeEach
    void makeFiles() throws IOException {
        data = dir.resolve("data");
        index = dir.resolve("index");
        lower = dir.resolve("lower");
        try (LayerWriter writer = LayerWriter.create(lower, SIZE, null, LayerOptions.PLAIN)) {
            writer.write(0, filled(SIZE / 2, 7));
            writer.finish();
        }
        WritableLayer.create(Kind.SPARSE, data, index, SIZE, LayerHeader.NIL).close();
    }

    @Test
    void aNewLayerTakesNoSpaceAndItsIndexIsEmpty() throws IOException {
        assertThat(Files.size(data)).isEqualTo(SIZE + 4096);
        assertThat(Files.size(index)).isZero();
        assertThat(Statx.of(data).bytesUsed()).isLessThanOrEqualTo(4096);
    }

    @Test
    void aWriteOfOneSectorHidesNothingElseAfterItIsOpenedAgain() throws IOException {
        try (LayeredImage image = open()) {
            image.write(512 * 9, filled(512, 1));
        }
        try (LayeredImage image = open()) {
            assertThat(read(image, 512 * 9, 512)).containsOnly(1);
            assertThat(read(image, 0, 512 * 9)).containsOnly(7);
            assertThat(read(image, 512 * 10, 4096)).containsOnly(7);
        }
    }

    @Test
    void aDiscardHidesTheLayersBelowAfterItIsOpenedAgain() throws IOException {
        try (LayeredImage image = open()) {
            image.discard(512 * 3, SIZE - 512 * 3);
            assertThat(read(image, 512 * 3, SIZE - 512 * 3)).containsOnly(0);
        }
        try (LayeredImage image = open()) {
            assertThat(read(image, 0, 512 * 3)).containsOnly(7);
            assertThat(read(image, 512 * 3, SIZE - 512 * 3)).containsOnly(0);
        }
        assertThat(Statx.of(data).bytesUsed()).isBetween(SIZE / 2L, SIZE / 2L + 8192);
    }

    @Test
    void aDiscardGivesSpaceBackWhereNothingIsBelow() throws IOException {
        try (LayeredImage image = open()) {
            image.write(SIZE / 2, filled(SIZE / 2, 1));
            image.flush();
            assertThat(Statx.of(data).bytesUsed()).isGreaterThan(SIZE / 2);
            image.discard(SIZE / 2, SIZE / 2);
            assertThat(read(image, SIZE / 2, SIZE / 2)).containsOnly(0);
        }
        assertThat(Statx.of(data).bytesUsed()).isLessThanOrEqualTo(8192);
    }

    private LayeredImage open() throws IOException {
        return LayeredImage.open(List.of(Layer.open(FileBlob.open(lower))), WritableLayer.open(data, index));
    }

    private static byte[] read(LayeredImage image, long offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        image.read(offset, dst);
        return dst.array();
    }

    private static ByteBuffer filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }
}
