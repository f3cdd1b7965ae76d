package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritableLayerTest {
    private static final long SIZE = 1 << 20;

    @TempDir
    Path dir;

    private Path data = Path.of("");
    private Path index = Path.of("");

    @BeforeEach
    void name() {
        data = dir.resolve("data");
        index = dir.resolve("index");
    }

    @Test
    void whateverTheCrashCutOffTheRestIsThere() throws IOException {
        writeTenSectors();
        byte[] fullData = Files.readAllBytes(data);
        byte[] fullIndex = Files.readAllBytes(index);
        for (int lost = 0; lost < 10 * 16; lost += 7) {
            Files.write(data, fullData);
            Files.write(index, Arrays.copyOf(fullIndex, fullIndex.length - lost));
            assertThat(sectorsPresent()).isEqualTo((160 - lost) / 16);
        }
        for (int lost = 0; lost < 10 * 512; lost += 100) {
            Files.write(data, Arrays.copyOf(fullData, fullData.length - lost));
            Files.write(index, fullIndex);
            assertThat(sectorsPresent()).isEqualTo((5120 - lost) / 512);
        }
    }

    @Test
    void aLayerThatIsOnlyReadIsNotRepaired() throws IOException {
        writeTenSectors();
        byte[] tornData = Arrays.copyOf(Files.readAllBytes(data), 4096 + 3 * 512 + 100);
        byte[] tornIndex = Arrays.copyOf(Files.readAllBytes(index), 4096 + 5 * 16 + 7);
        Files.write(data, tornData);
        Files.write(index, tornIndex);

        try (LayeredImage image = LayeredImage.open(List.of(WritableLayer.openForReading(data, index)), null)) {
            assertThat(image.isWritable()).isFalse();
            assertThat(read(image, 2)).isEqualTo(sector(2));
            assertThat(read(image, 3)).isEqualTo(ByteBuffer.allocate(512));
        }
        assertThat(data).hasBinaryContent(tornData);
        assertThat(index).hasBinaryContent(tornIndex);
    }

    @Test
    void aLayerInUseCanBeRead() throws IOException {
        for (WritableLayer.Kind kind : List.of(WritableLayer.Kind.LOG, WritableLayer.Kind.SPARSE)) {
            data = dir.resolve(kind + "-data");
            index = dir.resolve(kind + "-index");
            try (LayeredImage writer =
                    LayeredImage.open(List.of(), WritableLayer.create(kind, data, index, SIZE, LayerHeader.NIL))) {
                writer.write(512 * 20, sector(20));
                try (LayeredImage reader =
                        LayeredImage.open(List.of(WritableLayer.openForReading(data, index)), null)) {
                    writer.write(512 * 30, sector(30));

                    assertThat(reader.size()).isEqualTo(SIZE);
                    assertThat(read(reader, 20)).isEqualTo(sector(20));
                }
                assertThat(read(writer, 30)).isEqualTo(sector(30));
            }
        }
    }

    @Test
    void writingGoesOnAfterACrash() throws IOException {
        writeTenSectors();
        Files.write(data, Arrays.copyOf(Files.readAllBytes(data), 4096 + 1000));
        try (LayeredImage image = open()) {
            image.write(512 * 20, sector(20));
        }
        try (LayeredImage image = open()) {
            assertThat(read(image, 20)).isEqualTo(sector(20));
            assertThat(read(image, 0)).isEqualTo(sector(0));
            assertThat(read(image, 1)).isEqualTo(ByteBuffer.allocate(512));
        }
    }

    @Test
    void aBadEntryBeforeGoodOnesIsNoCrash() throws IOException {
        writeTenSectors();
        try (RandomAccessFile file = new RandomAccessFile(index.toFile(), "rw")) {
            file.seek(4096 + 3 * 16 + 8);
            file.write(new byte[8]);
        }

        assertThatThrownBy(this::open)
                .isInstanceOf(CorruptBlobException.class)
                .hasMessage(index + ": at byte 4144: LSMT index: entry is not valid, but later ones are");
    }

    @Test
    void existingFilesAreNotTouched() throws IOException {
        Files.writeString(index, "mine");

        assertThatThrownBy(() -> WritableLayer.create(WritableLayer.Kind.LOG, data, index, SIZE, LayerHeader.NIL))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(index).hasContent("mine");
        assertThat(data).doesNotExist();
    }

    @Test
    void aSizeThatNoIndexCanCoverIsRefused() throws IOException {
        WritableLayer.create(WritableLayer.Kind.LOG, data, index, SIZE, LayerHeader.NIL)
                .close();
        try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
            file.seek(LayerHeader.VIRTUAL_SIZE_OFFSET + 7);
            file.write(0x7F);
        }

        assertThatThrownBy(() -> WritableLayer.open(data, index))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("at byte 48: LSMT header: virtual_size 9151314442817896448 is no size of a disk");
    }

    @Test
    void aStackHasAtMost255Layers() throws IOException {
        Path lower = dir.resolve("lower");
        try (LayerWriter writer = LayerWriter.create(lower, SIZE, null, LayerOptions.COMPRESSED)) {
            writer.write(0, sector(1));
            writer.finish();
        }
        try (Layer layer = Layer.open(FileBlob.open(lower))) {
            LayeredImage image = LayeredImage.open(Collections.nCopies(255, layer), null);
            assertThat(read(image, 0)).isEqualTo(sector(1));
            assertThatThrownBy(() -> LayeredImage.open(Collections.nCopies(256, layer), null))
                    .isInstanceOf(InvalidStackException.class)
                    .hasMessage("256 layers, an image can have at most 255");
        }
    }

    @Test
    void anImageWithoutWritableLayerIsReadOnly() throws IOException {
        Path lower = dir.resolve("lower");
        try (LayerWriter writer = LayerWriter.create(lower, SIZE, null, LayerOptions.PLAIN)) {
            writer.finish();
        }
        try (LayeredImage image = LayeredImage.open(List.of(Layer.open(FileBlob.open(lower))), null)) {
            assertThatThrownBy(() -> image.write(0, sector(1))).isInstanceOf(ReadOnlyImageException.class);
        }
    }

    private void writeTenSectors() throws IOException {
        try (LayeredImage image = LayeredImage.open(
                List.of(), WritableLayer.create(WritableLayer.Kind.LOG, data, index, SIZE, LayerHeader.NIL))) {
            for (int i = 0; i < 10; i++) {
                image.write(512L * i, sector(i));
            }
        }
    }

    private int sectorsPresent() throws IOException {
        try (LayeredImage image = open()) {
            int present = 0;
            while (present < 10 && read(image, present).equals(sector(present))) {
                present++;
            }
            for (int i = present; i < 10; i++) {
                assertThat(read(image, i)).isEqualTo(ByteBuffer.allocate(512));
            }
            return present;
        }
    }

    private LayeredImage open() throws IOException {
        return LayeredImage.open(List.of(), WritableLayer.open(data, index));
    }

    private static ByteBuffer read(LayeredImage image, int sector) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(512);
        image.read(512L * sector, dst);
        return dst.flip();
    }

    private static ByteBuffer sector(int number) {
        byte[] bytes = new byte[512];
        Arrays.fill(bytes, (byte) (number + 1));
        return ByteBuffer.wrap(bytes);
    }
}
