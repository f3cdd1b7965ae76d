package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobException;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each check of the files of a writable layer names the file, the place and what was wrong. */
class WritableFilesTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    Path dir;

    private Path data = Path.of("");
    private Path index = Path.of("");

    @BeforeEach
    void name() {
        data = dir.resolve("data");
        index = dir.resolve("index");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        LOG       | data  | 0    | 00   | 0    | magic not found
        LOG       | data  | 24   | 87   | 24   | LSMT header: size is 391, not 390
        LOG       | data  | 28   | 02   | 28   | LSMT header: flags 0x2 are not those of a data file's header
        LOG       | data  | 28   | 01   | 28   | LSMT header: flags 0x1 are not those of a data file's header
        LOG       | data  | 28   | 07   | 28   | LSMT header: this is a committed layer
        LOG       | data  | 48   | 01   | 48   | LSMT header: virtual_size 1048577 is no size of a disk
        LOG       | data  | 55   | ff   | 48   | is no size of a disk
        LOG       | index | 0    | 00   | 0    | LSMT header: magic not found
        LOG       | index | 24   | 00   | 24   | LSMT header: size is 256, not 390
        LOG       | index | 28   | 03   | 28   | LSMT index header: flags 0x3
        LOG       | index | 28   | 05   | 28   | LSMT index header: flags 0x5
        LOG       | index | 33   | 20   | 32   | LSMT index header: index_offset is 8192, not 4096
        LOG       | index | 48   | 01   | 48   | LSMT header: virtual_size 1048577 is no size of a disk
        LOG       | index | 4104 | 07   | 4096 | LSMT index: entry is not valid, but later ones are
        LOG       | index | 4109 | 01   | 4096 | LSMT index: entry is not valid, but later ones are
        LOG       | index | 4102 | 0000 | 4096 | LSMT index: entry is not valid, but later ones are
        SPARSE    | data  | 0    | 00   | 0    | magic not found
        SPARSE    | data  | 28   | 17   | 28   | LSMT header: this is a committed layer
        SPARSE    | data  | 48   | 01   | 48   | LSMT header: virtual_size 1048577 is no size of a disk
        TURBO_OCI | index | 28   | 05   | 28   | LSMT index header: flags 0x5
        TURBO_OCI | index | 33   | 20   | 32   | LSMT index header: index_offset is 8192, not 4096
        TURBO_OCI | index | 48   | 01   | 48   | LSMT header: virtual_size 1048577 is no size of a disk
        TURBO_OCI | index | 4111 | 02   | 4096 | LSMT index: entries have tags from 0 to 2
        TURBO_OCI | index | 4109 | 01   | 4096 | LSMT index: entries map to other sectors than their own
        """)
    void aDamagedFileIsNotOpened(Kind kind, String file, long at, String bytes, long offset, String check)
            throws IOException {
        write(kind);
        patch(dir.resolve(file), at, bytes);

        assertThatThrownBy(() -> WritableLayer.open(data, index))
                .isInstanceOf(BlobException.class)
                .hasMessageContaining(dir.resolve(file) + ": at byte " + offset + ": ")
                .hasMessageContaining(check)
                .satisfies(e -> assertThat(((BlobException) e).offset()).isEqualTo(offset));
    }

    @Test
    void filesWithoutAnyHeaderAreNoLayer() throws IOException {
        Files.write(data, new byte[8192]);
        Files.write(index, new byte[8192]);
        assertThatThrownBy(() -> WritableLayer.open(data, index))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessage(data + ": at byte 0: LSMT header: magic not found");
    }

    /** The layer must not be taken for a TurboOCI one, whose data file has no header. */
    @Test
    void aLongLogWithADamagedHeaderIsNotOpened() throws IOException {
        write(Kind.LOG);
        try (LayeredImage image = LayeredImage.open(List.of(), WritableLayer.open(data, index))) {
            image.write(0, ByteBuffer.allocate(SIZE));
        }
        long size = Files.size(index);
        patch(data, 0, "00");
        for (String tag : List.of("00", "05")) {
            for (long at = 4096 + 15; at < size; at += 16) {
                patch(index, at, tag);
            }
            assertThatThrownBy(() -> WritableLayer.open(data, index)).isInstanceOf(CorruptBlobException.class);
            assertThat(index).hasSize(size);
        }
    }

    /** As in {@code corrupt/lsmt-header-version9.lsmt} and {@code corrupt/lsmt-header-unknown-flags.lsmt}. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void versionReservedBytesAndUnknownFlagsMeanNothing(Kind kind) throws IOException {
        write(kind);
        for (Path file : List.of(data, index)) {
            if (Files.size(file) > 0 && !(kind == Kind.TURBO_OCI && file.equals(data))) {
                patch(file, 29, "ff");
                patch(file, 130, "ffff0909");
            }
        }
        assertHolds(kind);
    }

    /** Tags of an ordinary writable layer are the number of layers it was written on top of. */
    @Test
    void tagsOfALogMeanNothing() throws IOException {
        write(Kind.LOG);
        patch(index, 4096 + 15, "07");
        assertHolds(Kind.LOG);
    }

    /** A layer that was made smaller has them. */
    @Test
    void entriesPastTheEndOfTheDiskAreLeftOutOfACommit() throws IOException {
        write(Kind.LOG);
        patch(data, 48, "0004000000000000");
        Path out = dir.resolve("out");
        try (WritableLayer layer = WritableLayer.open(data, index)) {
            layer.commit(out, LayerOptions.PLAIN);
        }
        try (Layer layer = Layer.open(FileBlob.open(out))) {
            assertThat(layer.virtualSize()).isEqualTo(1024);
            assertThat(layer.dataSize()).isEqualTo(512);
        }
    }

    /** The last entry of a TurboOCI index may have lost what it maps to, as that of a log may. */
    @Test
    void anEntryWhoseMetadataIsMissingIsCutOff() throws IOException {
        write(Kind.TURBO_OCI);
        long size = Files.size(index);
        ByteBuffer entry = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        entry.putLong(SegmentLayout.range(SIZE / 512, 1)).putLong(SegmentLayout.data(SIZE / 512));
        patch(index, size, HexFormat.of().formatHex(entry.array()));
        assertHolds(Kind.TURBO_OCI);
        assertThat(index).hasSize(size);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aLayerWithoutSizeTakesThatOfTheStack(Kind kind) throws IOException {
        Path lower = dir.resolve("lower");
        try (LayerWriter writer = LayerWriter.create(lower, SIZE, null, LayerOptions.PLAIN)) {
            writer.finish();
        }
        WritableLayer.create(kind, data, index, 0, LayerHeader.NIL).close();
        try (LayeredImage image =
                LayeredImage.open(List.of(Layer.open(FileBlob.open(lower))), WritableLayer.open(data, index))) {
            assertThat(image.size()).isEqualTo(SIZE);
            image.write(512, ByteBuffer.allocate(512).put(0, (byte) 1));
            image.write(4096, ByteBuffer.allocate(512).put(0, (byte) 2));
        }
        assertHolds(kind);
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        write(Kind.LOG);
        Files.delete(index);
        assertThatThrownBy(() -> WritableLayer.open(data, index))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(index.toString());
        assertThat(index).doesNotExist();
    }

    @Test
    void shortFilesAreNoLayer() throws IOException {
        write(Kind.LOG);
        Files.write(index, new byte[100]);
        assertThatThrownBy(() -> WritableLayer.open(data, index))
                .hasMessage(index + ": at byte 0: LSMT header: 4096 bytes wanted, file has 100");
        Files.write(data, new byte[0]);
        assertThatThrownBy(() -> WritableLayer.open(data, index))
                .hasMessage(data + ": at byte 0: LSMT header: 4096 bytes wanted, file has 0");
    }

    /** After an interrupted change of its size, say. */
    @Test
    void aSparseFileThatIsShortOrLongHasTheSizeOfItsHeader() throws IOException {
        write(Kind.SPARSE);
        try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
            file.setLength(4096 + 8192);
        }
        assertHolds(Kind.SPARSE);
        patch(data, 4096 + SIZE + 4096, "01");
        assertHolds(Kind.SPARSE);
        try (WritableLayer layer = WritableLayer.open(data, index)) {
            layer.seal();
        }
        try (Layer layer = Layer.open(FileBlob.open(data))) {
            assertThat(layer.dataSize()).isEqualTo(8192);
        }
    }

    @Test
    void aSealedSparseLayerThatIsWrittenAgainIsSealedNoMore() throws IOException {
        write(Kind.SPARSE);
        try (WritableLayer layer = WritableLayer.open(data, index)) {
            layer.seal();
        }
        assertHolds(Kind.SPARSE);
        assertThat(Files.size(data)).isGreaterThan(SIZE + 4096);
        try (LayeredImage image = LayeredImage.open(List.of(), WritableLayer.open(data, index))) {
            image.write(SIZE - 512, ByteBuffer.allocate(512));
        }
        assertThat(data).hasSize(SIZE + 4096);
        assertHolds(Kind.SPARSE);
    }

    private void write(Kind kind) throws IOException {
        WritableLayer layer = WritableLayer.create(kind, data, index, SIZE, LayerHeader.NIL);
        try (LayeredImage image = LayeredImage.open(List.of(), layer)) {
            image.write(512, ByteBuffer.allocate(512).put(0, (byte) 1));
            image.write(4096, ByteBuffer.allocate(512).put(0, (byte) 2));
        }
    }

    private void assertHolds(Kind kind) throws IOException {
        WritableLayer layer = WritableLayer.open(data, index);
        assertThat(layer.kind()).isEqualTo(kind);
        try (LayeredImage image = LayeredImage.open(List.of(), layer)) {
            ByteBuffer dst = ByteBuffer.allocate(SIZE);
            image.read(0, dst);
            assertThat(dst.get(512)).isEqualTo((byte) 1);
            assertThat(dst.get(4096)).isEqualTo((byte) 2);
        }
    }

    private static void patch(Path file, long at, String hex) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(at);
            out.write(HexFormat.of().parseHex(hex));
        }
    }
}
