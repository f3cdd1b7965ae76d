package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.Codec;
import io.obd.block.FileBlob;
import io.obd.lsmt.WritableLayer.Kind;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private static final int SIZE = 512 << 10;

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
    void aWritableLayerHoldsWhatWasWrittenOnTopOfOthers(
            @ForAll long seed, @ForAll Kind kind, @ForAll @IntRange(min = 0, max = 3) int below) throws IOException {
        Random random = new Random(seed);
        DiskModel model = new DiskModel(random, SIZE);
        writeLayers(below, random, model);
        try (LayeredImage image = LayeredImage.open(layers(below), create(kind, "top"))) {
            model.operate(image, 60);
            model.assertIsHeldBy(image);
        }
        try (LayeredImage image = LayeredImage.open(layers(below), reopen("top"))) {
            model.assertIsHeldBy(image);
            model.operate(image, 20);
            model.assertIsHeldBy(image);
            image.flatten(dir.resolve("flat"), LayerOptions.COMPRESSED);
        }
        try (LayeredImage image = LayeredImage.open(List.of(open("flat")), null)) {
            model.assertIsHeldBy(image);
        }
    }

    @Property(tries = 15)
    void aDiskThatChangesItsSizeHoldsWhatItHasAndZerosWhereItGrew(
            @ForAll long seed, @ForAll Kind kind, @ForAll @IntRange(min = 0, max = 2) int below) throws IOException {
        Random random = new Random(seed);
        DiskModel model = new DiskModel(random, SIZE);
        writeLayers(below, random, model);
        WritableLayer top = create(kind, "top");
        for (int i = 0; i < 5; i++) {
            try (LayeredImage image = LayeredImage.open(layers(below), top)) {
                model.operate(image, 20);
                model.resize(image, (1 + random.nextInt(2 * SIZE / 512)) * 512);
                model.assertIsHeldBy(image);
                model.operate(image, 20);
                model.assertIsHeldBy(image);
            }
            top = reopen("top");
        }
        try (LayeredImage image = LayeredImage.open(layers(below), top)) {
            model.assertIsHeldBy(image);
            top.commit(dir.resolve("committed"), LayerOptions.PLAIN);
        }
        List<Layer> layers = layers(below);
        layers.add(open("committed"));
        try (LayeredImage image = LayeredImage.open(layers, null)) {
            model.assertIsHeldBy(image);
        }
    }

    @Property(tries = 10)
    void anImageHoldsTheSameAfterItsWritableLayerWasSealedAndAnotherPutOnTop(
            @ForAll long seed, @ForAll @IntRange(min = 0, max = 2) int below, @ForAll boolean withSize)
            throws IOException {
        Random random = new Random(seed);
        DiskModel model = new DiskModel(random, SIZE);
        writeLayers(below, random, model);
        int count = 0;
        try (LayeredImage image = LayeredImage.open(layers(below), create(anyKind(random), "top0"))) {
            while (count < 4) {
                model.operate(image, 20);
                count++;
                image.restack(WritableLayer.create(
                        anyKind(random),
                        dir.resolve("top" + count),
                        dir.resolve("top" + count + ".index"),
                        withSize ? SIZE : 0,
                        LayerHeader.NIL));
                model.assertIsHeldBy(image);
            }
            model.operate(image, 20);
            model.assertIsHeldBy(image);
        }
        List<Layer> layers = layers(below);
        for (int i = 0; i < count; i++) {
            layers.add(open("top" + i));
        }
        try (LayeredImage image = LayeredImage.open(layers, reopen("top" + count))) {
            model.assertIsHeldBy(image);
        }
    }

    @Property(tries = 10)
    void committedAndSealedLayersHoldTheSame(
            @ForAll long seed, @ForAll boolean zstd, @ForAll boolean tar, @ForAll boolean sparse) throws IOException {
        Random random = new Random(seed);
        DiskModel model = new DiskModel(random, SIZE);
        ZFileOptions zfile = anyZFile(zstd ? Codec.ZSTD : Codec.LZ4, random);
        try (WritableLayer layer = create(sparse ? Kind.SPARSE : Kind.LOG, "data")) {
            model.operate(LayeredImage.open(List.of(), layer), 60);
            layer.commit(
                    dir.resolve("committed"),
                    LayerOptions.PLAIN.withZFile(zfile).withTarWrapper(tar));
            layer.seal();
        }

        for (String name : List.of("committed", "data")) {
            try (LayeredImage image = LayeredImage.open(List.of(open(name)), null)) {
                model.assertIsHeldBy(image);
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
    void aStackWrittenInOnePassHoldsWhatWasWritten(@ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int count)
            throws IOException {
        Random random = new Random(seed);
        DiskModel model = new DiskModel(random, SIZE);
        writeLayers(count, random, model);
        try (LayeredImage image = LayeredImage.open(layers(count), null)) {
            model.assertIsHeldBy(image);
        }
    }

    private void writeLayers(int count, Random random, DiskModel model) throws IOException {
        for (int i = 0; i < count; i++) {
            try (@Nullable LayeredImage below = i == 0 ? null : LayeredImage.open(layers(i), null);
                    LayerWriter writer =
                            LayerWriter.create(dir.resolve("layer" + i), SIZE, below, anyOptions(random))) {
                model.operate(writer, 40);
                model.assertIsHeldBy(writer);
                writer.finish();
            }
        }
    }

    private static LayerOptions anyOptions(Random random) {
        Codec codec = random.nextBoolean() ? Codec.LZ4 : Codec.ZSTD;
        return LayerOptions.PLAIN.withZFile(anyZFile(codec, random)).withTarWrapper(random.nextBoolean());
    }

    private static @Nullable ZFileOptions anyZFile(Codec codec, Random random) {
        return random.nextInt(4) == 0
                ? null
                : new ZFileOptions(codec, 4096 << random.nextInt(4), random.nextBoolean(), 1 + random.nextInt(3));
    }

    private static Kind anyKind(Random random) {
        return random.nextBoolean() ? Kind.LOG : Kind.SPARSE;
    }

    private WritableLayer create(Kind kind, String name) throws IOException {
        return WritableLayer.create(kind, dir.resolve(name), dir.resolve(name + ".index"), SIZE, LayerHeader.NIL);
    }

    private WritableLayer reopen(String name) throws IOException {
        return WritableLayer.open(dir.resolve(name), dir.resolve(name + ".index"));
    }

    private List<Layer> layers(int count) throws IOException {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            layers.add(open("layer" + i));
        }
        return layers;
    }

    private Layer open(String name) throws IOException {
        return Layer.open(FileBlob.open(dir.resolve(name)));
    }
}
