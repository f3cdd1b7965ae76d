package io.obd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.registry.Digest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageOpenerTest {
    private static final String URL = "https://host/v2/app/blobs";
    private static final int SECTOR = 512;
    private static final int SIZE = 1 << 20;

    @TempDir
    Path dir;

    private final List<BlobReader> remoteBlobs = new CopyOnWriteArrayList<>();
    private final ImageOpener opener = new ImageOpener(this::openRemote);

    @Test
    void theHighestLayerWins() throws IOException {
        Lower bottom = Lower.file(layer("bottom", 1, 0, 4).toString());
        Lower top = Lower.file(layer("top", 2, 1, 2).toString());

        try (LayeredImage image = opener.open(new ImageConfig("", List.of(bottom, top), ""))) {
            assertThat(image.size()).isEqualTo(SIZE);
            assertThat(image.isWritable()).isFalse();
            assertThat(sectors(image, 5)).containsExactly(1, 2, 2, 1, 0);
        }
    }

    @Test
    void aLayerIsTakenFromTheFirstPlaceThatHasIt() throws IOException {
        for (String name : List.of("overlaybd.commit", ".commit", "overlaybd.sealed")) {
            Path layers = Files.createDirectories(dir.resolve(name + ".d"));
            Files.move(layer("l", 7, 0, 1), layers.resolve(name));
            Lower lower = Lower.remote(Digest.sha256(new byte[0]).toString(), 5, layers.toString());

            try (LayeredImage image = opener.open(new ImageConfig(URL, List.of(lower), ""))) {
                assertThat(sectors(image, 1)).containsExactly(7);
            }
        }
        assertThat(remoteBlobs).isEmpty();
    }

    @Test
    void aLayerThatIsNoFileIsNotWaitedFor() throws Exception {
        Path pipe = dir.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        for (Path other : List.of(pipe, dir)) {
            ImageConfig image = new ImageConfig("", List.of(Lower.file(other.toString())), "");
            assertThatThrownBy(() -> opener.open(image)).hasMessageContaining(other + ": is no regular file");
        }
    }

    @Test
    void aLayerThatIsNotHereComesFromTheRegistry() throws IOException {
        Path file = layer("remote", 3, 0, 1);
        Digest digest = Digest.sha256(Files.readAllBytes(file));
        Files.move(file, dir.resolve(digest.hex()));
        Lower lower = Lower.remote(digest.toString(), 0, dir.resolve("empty").toString());

        try (LayeredImage image = opener.open(new ImageConfig(URL, List.of(lower), ""))) {
            assertThat(sectors(image, 1)).containsExactly(3);
        }
        assertThat(remoteBlobs).hasSize(1);
    }

    @Test
    void whatIsWrittenGoesToTheUpperLayer() throws IOException {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        WritableLayer.create(WritableLayer.Kind.LOG, data, index, 0, new UUID(0, 0))
                .close();
        ImageConfig config = new ImageConfig(
                        "", List.of(Lower.file(layer("l", 1, 0, 2).toString())), "")
                .withUpper(new Upper(index.toString(), data.toString(), 1));

        try (LayeredImage image = opener.open(config)) {
            assertThat(image.isWritable()).isTrue();
            image.write(0, sector(9));
        }
        try (LayeredImage image = opener.open(config)) {
            assertThat(sectors(image, 2)).containsExactly(9, 1);
        }
    }

    @Test
    void theKindOfTheUpperLayerIsSeenFromItsFiles() throws IOException {
        for (WritableLayer.Kind kind : List.of(WritableLayer.Kind.LOG, WritableLayer.Kind.SPARSE)) {
            ImageConfig config = withUpper(kind, 0);
            try (LayeredImage image = opener.open(config)) {
                image.write(SECTOR, sector(9));
            }
            try (LayeredImage image = opener.open(config)) {
                assertThat(sectors(image, 3)).containsExactly(1, 9, 0);
            }
        }
    }

    @Test
    void theSizeOfTheDiskIsThatOfTheUpperLayer() throws IOException {
        for (WritableLayer.Kind kind : List.of(WritableLayer.Kind.LOG, WritableLayer.Kind.SPARSE)) {
            for (long size : List.of((long) SECTOR, SIZE / 2L, 3L * SIZE)) {
                ImageConfig config = withUpper(kind, size);
                try (LayeredImage image = opener.open(config)) {
                    assertThat(image.size()).isEqualTo(size);
                    assertThat(sectors(image, 1)).containsExactly(1);
                    image.write(size - SECTOR, sector(5));
                }
                try (LayeredImage image = opener.open(config)) {
                    ByteBuffer last = ByteBuffer.allocate(SECTOR);
                    image.read(size - SECTOR, last);
                    assertThat(last.get(0)).isEqualTo((byte) 5);
                }
            }
        }
    }

    private ImageConfig withUpper(WritableLayer.Kind kind, long size) throws IOException {
        String name = kind + "-" + size;
        Path data = dir.resolve(name + ".data");
        Path index = dir.resolve(name + ".index");
        WritableLayer.create(kind, data, index, size, new UUID(0, 0)).close();
        return new ImageConfig(
                        "", List.of(Lower.file(layer(name + ".lower", 1, 0, 2).toString())), "")
                .withUpper(new Upper(index.toString(), data.toString(), 1));
    }

    @Test
    void manyLayersAreOpened() throws IOException {
        List<Lower> lowers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            lowers.add(Lower.file(layer("l" + i, i, i, 1).toString()));
        }

        try (LayeredImage image = opener.open(new ImageConfig("", lowers, ""))) {
            assertThat(sectors(image, 100))
                    .containsExactly(IntStream.range(0, 100).toArray());
        }
    }

    @Test
    void aLayerThatIsNowhereIsNamedWithItsNumberAndPlace() throws IOException {
        Lower good = Lower.file(layer("good", 1, 0, 1).toString());
        String digest = Digest.sha256(new byte[0]).toString();

        assertThatThrownBy(() ->
                        opener.open(new ImageConfig(URL, List.of(good, Lower.remote(digest, 5, "/nowhere")), "")))
                .isInstanceOf(ImageOpenException.class)
                .hasMessage("layer 1 of 2 (" + URL + "/" + digest + "): not in the registry");
        assertThatThrownBy(() -> opener.open(new ImageConfig("", List.of(Lower.remote(digest, 5, "/nowhere")), "")))
                .hasMessageContaining("empty repoBlobUrl");
        assertThatThrownBy(() -> opener.open(new ImageConfig(URL, List.of(Lower.file("/nowhere/file")), "")))
                .hasMessage("layer 0 of 1 ([/nowhere/file]): no such file, and no digest to ask a registry for")
                .hasRootCauseInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> opener.open(new ImageConfig(URL, List.of(Lower.remote("sha256:5", 5, "")), "")))
                .hasMessageContaining("layer 0 of 1")
                .hasMessageContaining("64");
    }

    @Test
    void aDamagedLayerIsNamedWithTheCheckThatFailed() throws IOException {
        Path damaged = layer("damaged", 1, 0, 1);
        try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }

        assertThatThrownBy(() -> opener.open(new ImageConfig("", List.of(Lower.file(damaged.toString())), "")))
                .isInstanceOf(ImageOpenException.class)
                .hasMessageStartingWith("layer 0 of 1 (" + damaged + "): ")
                .hasMessageContaining("at byte");
    }

    @Test
    void anUpperThatIsMissingIsNamed() throws IOException {
        ImageConfig config = new ImageConfig(
                        "", List.of(Lower.file(layer("l", 1, 0, 2).toString())), "")
                .withUpper(new Upper("/nowhere/index", "/nowhere/data", 1));

        assertThatThrownBy(() -> opener.open(config))
                .hasMessage("writable layer (/nowhere/data, /nowhere/index): no such file: /nowhere/data");
    }

    @Test
    void anAccelerationLayerIsNoPartOfTheDisk() throws IOException {
        Lower data = Lower.file(layer("l", 4, 0, 1).toString());
        ImageConfig config = new ImageConfig("", List.of(data, Lower.dir("/trace")), Upper.NONE, "", true, "", null);

        try (LayeredImage image = opener.open(config)) {
            assertThat(sectors(image, 1)).containsExactly(4);
        }
    }

    private BlobReader openRemote(String repoBlobUrl, Digest digest, long size) throws IOException {
        Path file = dir.resolve(digest.hex());
        if (!Files.exists(file)) {
            throw new FileNotFoundException("not in the registry");
        }
        BlobReader blob = FileBlob.open(file);
        remoteBlobs.add(blob);
        return blob;
    }

    /** A layer of {@code count} sectors full of {@code value}. */
    private Path layer(String name, int value, int firstSector, int count) throws IOException {
        Path file = dir.resolve(name);
        try (LayerWriter writer = LayerWriter.create(file, SIZE, null, LayerOptions.COMPRESSED)) {
            for (int i = 0; i < count; i++) {
                writer.write((long) (firstSector + i) * SECTOR, sector(value));
            }
            writer.finish();
        }
        return file;
    }

    private static ByteBuffer sector(int value) {
        ByteBuffer sector = ByteBuffer.allocateDirect(SECTOR);
        while (sector.hasRemaining()) {
            sector.put((byte) value);
        }
        return sector.flip();
    }

    private static int[] sectors(LayeredImage image, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(count * SECTOR);
        image.read(0, bytes);
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = bytes.get(i * SECTOR);
        }
        return values;
    }
}
