package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.ImageOpener;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A snapshot that does not come to its end: the specification that is on the disk still leads to everything. */
class SnapshotCrashTest {
    private static final int SIZE = 2 << 20;

    @TempDir
    Path dir;

    private final Random random = new Random(3);
    private final byte[] content = new byte[SIZE];
    private Path spec = Path.of("");

    private WritableImages images() throws IOException {
        return new WritableImages(dir, "", SIZE);
    }

    private LayeredImage open() throws IOException {
        return WritableImages.open(ImageConfig.read(spec));
    }

    private LayeredImage written(Kind kind) throws IOException {
        spec = images().create("a", kind);
        LayeredImage image = open();
        image.discard(SIZE / 2, SIZE / 2);
        for (int i = 0; i < 20; i++) {
            write(image);
        }
        image.flush();
        return image;
    }

    private void write(LayeredImage image) throws IOException {
        byte[] bytes = new byte[512 * (1 + random.nextInt(20))];
        random.nextBytes(bytes);
        int offset = random.nextInt((SIZE - bytes.length) / 512) * 512;
        image.write(offset, ByteBuffer.wrap(bytes));
        System.arraycopy(bytes, 0, content, offset, bytes.length);
    }

    private void assertHoldsAll(LayeredImage image) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(SIZE);
        image.read(0, all);
        assertThat(Arrays.mismatch(all.array(), content))
                .as("first byte that is wrong")
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @EnumSource(names = {"LOG", "SPARSE"})
    void aLayerThatWasSealedInPartIsTheWritableLayerThatItWas(Kind kind) throws Exception {
        Path saved = Files.createDirectory(dir.resolve("saved"));
        Path data;
        long before;
        try (LayeredImage image = written(kind)) {
            data = Path.of(ImageConfig.read(spec).upper().data());
            before = Files.size(data);
            image.restack(layer("a-1", kind), () -> copy(data, saved.resolve("data")));
        }
        long sealed = Files.size(saved.resolve("data"));
        assertThat(sealed).isGreaterThan(before + 4096);
        for (long length : List.of(before, before + 100, before + 512, sealed - 4096, sealed - 1, sealed)) {
            copy(saved.resolve("data"), data);
            try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
                file.setLength(length);
            }
            try (LayeredImage image = open()) {
                assertHoldsAll(image);
            }
        }
        try (LayeredImage image = open()) {
            write(image);
            image.resize(2 * SIZE);
            image.resize(SIZE);
            image.restack(layer("a-2", kind));
            write(image);
            assertHoldsAll(image);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOG", "SPARSE"})
    void aSpecificationThatCannotBeReplacedLeavesTheImageAsItWas(Kind kind) throws Exception {
        try (LayeredImage image = written(kind);
                WritableLayer other = layer("a-1", kind)) {
            assertThatThrownBy(() -> image.restack(other, () -> {
                        throw new IOException("no space left");
                    }))
                    .hasMessage("no space left");
            write(image);
            assertHoldsAll(image);
        }
        try (LayeredImage image = open()) {
            assertHoldsAll(image);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOG", "SPARSE"})
    void aCrashRightAfterTheReplacementFindsAll(Kind kind) throws Exception {
        Path next;
        try (LayeredImage image = written(kind)) {
            next = images().next(spec, "a-1", kind);
            Upper upper = ImageConfig.read(next).upper();
            Path data = Path.of(ImageConfig.read(spec).upper().data());
            image.restack(ImageOpener.openUpper(upper), () -> {
                copy(data, dir.resolve("data"));
                copy(Path.of(upper.data()), dir.resolve("new"));
            });
            write(image);
            assertHoldsAll(image);
            image.flush();
        }
        spec = next;
        try (LayeredImage image = open()) {
            assertHoldsAll(image);
        }
    }

    private WritableLayer layer(String name, Kind kind) throws IOException {
        return ImageOpener.openUpper(images().upper(name, kind));
    }

    /** Zeros and holes become zeros, which hide what is below as a discard does. */
    private static void copy(Path from, Path to) throws IOException {
        try {
            Shell.run("cp", "--sparse=never", from.toString(), to.toString());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
