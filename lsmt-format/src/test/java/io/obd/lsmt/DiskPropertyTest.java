package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.BlockStore;
import io.obd.block.Codec;
import io.obd.block.FileBlob;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.jspecify.annotations.Nullable;

/** Disks that are written at random against an array of bytes. */
class DiskPropertyTest {
    private static final int SIZE = 2 << 20;

    private Path dir = Path.of("");

    @BeforeTry
    void makeDirectory() throws IOException {
        dir = Files.createTempDirectory("disk");
    }

    @AfterTry
    void removeDirectory() throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Property(tries = 15)
    void aWritableLayerHoldsWhatWasWritten(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        byte[] model = new byte[SIZE];
        try (LayeredImage image = LayeredImage.open(List.of(), create())) {
            operate(image, model, random, 60);
            assertThat(content(image)).isEqualTo(model);
        }
        try (LayeredImage image = LayeredImage.open(List.of(), reopen())) {
            operate(image, model, random, 20);
            assertThat(content(image)).isEqualTo(model);
        }
    }

    @Property(tries = 15)
    void committedAndSealedLayersHoldTheSame(@ForAll long seed, @ForAll Codec codec, @ForAll boolean tar)
            throws IOException {
        Random random = new Random(seed);
        byte[] model = new byte[SIZE];
        ZFileOptions zfile = random.nextInt(4) == 0
                ? null
                : new ZFileOptions(codec, 4096 << random.nextInt(4), random.nextBoolean(), 1 + random.nextInt(3));
        try (WritableLayer layer = create()) {
            operate(LayeredImage.open(List.of(), layer), model, random, 60);
            layer.commit(
                    dir.resolve("committed"),
                    LayerOptions.PLAIN.withZFile(zfile).withTarWrapper(tar));
            layer.seal();
        }

        for (String name : List.of("committed", "data")) {
            try (LayeredImage image = LayeredImage.open(List.of(open(name)), null)) {
                assertThat(content(image)).isEqualTo(model);
            }
        }
        try (Layer sealed = open("data");
                Layer committed = open("committed")) {
            sealed.commit(dir.resolve("again"), LayerOptions.PLAIN);
            committed.commit(dir.resolve("copy"), LayerOptions.PLAIN);
        }
        assertThat(dir.resolve("again")).hasSameBinaryContentAs(dir.resolve("copy"));
    }

    @Property(tries = 15)
    void aStackWrittenInOnePassHoldsWhatWasWritten(
            @ForAll long seed, @ForAll Codec codec, @ForAll @IntRange(min = 1, max = 4) int count) throws IOException {
        Random random = new Random(seed);
        byte[] model = new byte[SIZE];
        List<Layer> layers = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                LayeredImage below = i == 0 ? null : LayeredImage.open(layers, null);
                write("layer" + i, below, random, codec, model);
                layers.add(open("layer" + i));
            }
            LayeredImage image = LayeredImage.open(layers, create());
            assertThat(content(image)).isEqualTo(model);
            operate(image, model, random, 20);
            assertThat(content(image)).isEqualTo(model);
        } finally {
            for (Layer layer : layers) {
                layer.close();
            }
        }
    }

    private void write(String name, @Nullable LayeredImage below, Random random, Codec codec, byte[] model)
            throws IOException {
        ZFileOptions zfile = random.nextInt(4) == 0
                ? null
                : new ZFileOptions(codec, 4096 << random.nextInt(4), random.nextBoolean(), 1 + random.nextInt(3));
        LayerOptions options = LayerOptions.PLAIN.withZFile(zfile).withTarWrapper(random.nextBoolean());
        try (LayerWriter writer = LayerWriter.create(dir.resolve(name), SIZE, below, options)) {
            operate(writer, model, random, 40);
            assertThat(content(writer)).isEqualTo(model);
            writer.finish();
        }
    }

    private WritableLayer create() throws IOException {
        return WritableLayer.create(
                WritableLayer.Kind.LOG, dir.resolve("data"), dir.resolve("index"), SIZE, LayerHeader.NIL);
    }

    private WritableLayer reopen() throws IOException {
        return WritableLayer.open(dir.resolve("data"), dir.resolve("index"));
    }

    private Layer open(String name) throws IOException {
        return Layer.open(FileBlob.open(dir.resolve(name)));
    }

    private static void operate(BlockStore disk, byte[] model, Random random, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            int offset = random.nextInt(SIZE / 512) * 512;
            int longest = random.nextInt(10) == 0 ? 200 : 24;
            int length = Math.min(1 + random.nextInt(longest), (SIZE - offset) / 512) * 512;
            switch (random.nextInt(6)) {
                case 0 -> {
                    disk.discard(offset, length);
                    Arrays.fill(model, offset, offset + length, (byte) 0);
                }
                case 1 ->
                    assertThat(read(disk, offset, length, random.nextBoolean()))
                            .isEqualTo(Arrays.copyOfRange(model, offset, offset + length));
                default -> {
                    byte[] bytes = bytes(random, length);
                    ByteBuffer src =
                            random.nextBoolean() ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
                    disk.write(offset, src.put(bytes).flip());
                    System.arraycopy(bytes, 0, model, offset, length);
                }
            }
        }
        disk.flush();
    }

    /** Some that compress and some that do not. */
    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        } else {
            Arrays.fill(bytes, (byte) random.nextInt());
        }
        return bytes;
    }

    private static byte[] content(BlockStore disk) throws IOException {
        return read(disk, 0, SIZE, true);
    }

    private static byte[] read(BlockStore disk, long offset, int length, boolean direct) throws IOException {
        ByteBuffer dst = direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
        disk.read(offset, dst);
        byte[] bytes = new byte[length];
        dst.flip().get(bytes);
        return bytes;
    }
}
