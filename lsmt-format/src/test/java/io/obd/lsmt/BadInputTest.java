package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.lsmt.blob.TarWrapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields that say what cannot be, where there is no golden file for them. */
class BadInputTest {
    private static final int SIZE_FIELD = 24;
    private static final int UUID = 56;
    private static final int RESERVED = 130;
    private static final int VERSION = 132;
    private static final int USER_TAG = 134;
    private static final int UNUSED = 390;

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHeaderOfAnotherSizeIsRefused(boolean trailer) throws IOException {
        ByteBuffer file = layer();
        int block = trailer ? trailerOf(file) : 0;

        assertRefused(file.putInt(block + SIZE_FIELD, 400), block + SIZE_FIELD, "size is 400, not 390");
    }

    @ParameterizedTest
    @ValueSource(longs = {513, -512, 1L << 59})
    void aSizeThatNoDiskHasIsRefused(long size) throws IOException {
        ByteBuffer file = layer();
        int field = trailerOf(file) + LayerHeader.VIRTUAL_SIZE_OFFSET;

        assertRefused(file.putLong(field, size), field, "LSMT trailer: virtual_size");
    }

    @Test
    void aLayerWithoutSizeIsReadWithThatOfTheStack() throws IOException {
        ByteBuffer file = layer();
        file.putLong(LayerHeader.VIRTUAL_SIZE_OFFSET, 0);
        file.putLong(trailerOf(file) + LayerHeader.VIRTUAL_SIZE_OFFSET, 0);

        try (Layer layer = open(file)) {
            assertThat(layer.virtualSize()).isZero();
        }
        assertThatThrownBy(() -> LayeredImage.open(List.of(open(file)), null))
                .isInstanceOf(InvalidStackException.class)
                .hasMessage("no layer states the size of the virtual disk");
    }

    @Test
    void anImageHasLayers() {
        assertThatThrownBy(() -> LayeredImage.open(List.of(), null))
                .isInstanceOf(InvalidStackException.class)
                .hasMessage("the image has no layers");
    }

    @Test
    void anEntryPastTheLargestDiskIsRefusedThoughNoSizeIsStated() throws IOException {
        ByteBuffer file = layer();
        int trailer = trailerOf(file);
        file.putLong(LayerHeader.VIRTUAL_SIZE_OFFSET, 0).putLong(trailer + LayerHeader.VIRTUAL_SIZE_OFFSET, 0);
        int entry = (int) file.getLong(trailer + LayerHeader.INDEX_OFFSET_OFFSET);

        file.putLong(entry, SegmentLayout.range(SegmentLayout.MAX_OFFSET - 1, 2));

        assertRefused(file, entry, "reaches beyond virtual_size");
    }

    @Test
    void versionReservedAndUnusedBytesAreNotLookedAt() throws IOException {
        ByteBuffer file = layer();
        for (int block : new int[] {0, trailerOf(file)}) {
            file.putShort(block + RESERVED, (short) -1).putShort(block + VERSION, (short) 0x0909);
            file.putLong(block + UNUSED, -1).putLong(block + LayerHeader.SIZE - Long.BYTES, -1);
        }

        assertThatCode(() -> open(file).close()).doesNotThrowAnyException();
    }

    @Test
    void headerAndTrailerMayNameOtherLayers() throws IOException {
        ByteBuffer file = layer();
        file.put(UUID, "not a uuid".getBytes(StandardCharsets.US_ASCII));

        try (Layer layer = open(file)) {
            assertThat(layer.uuid()).isEqualTo(LayerHeader.NIL);
        }
    }

    @Test
    void aUserTagThatIsNoTextIsNeverLongerThanItsField() throws IOException {
        ByteBuffer file = layer();
        for (int i = 0; i < 256; i++) {
            file.put(trailerOf(file) + USER_TAG + i, (byte) 0x80);
        }

        try (Layer layer = open(file)) {
            assertThat(layer.userTag()).isEqualTo("?".repeat(256));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1L << 49, (1L << 50) - 3})
    void anEntryOfALogThatCoversNothingOrTooMuchIsCutOff(long offset) throws IOException {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        WritableLayer.create(WritableLayer.Kind.LOG, data, index, 1 << 20, LayerHeader.NIL)
                .close();
        long length = offset == 0 ? 0 : 8;
        ByteBuffer entry = ByteBuffer.allocate(SegmentLayout.SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(SegmentLayout.range(offset, length))
                .putLong(SegmentLayout.zeroed(8));
        byte[] log = Arrays.copyOf(Files.readAllBytes(index), LayerHeader.SIZE + SegmentLayout.SIZE);
        System.arraycopy(entry.array(), 0, log, LayerHeader.SIZE, SegmentLayout.SIZE);
        Files.write(index, log);

        WritableLayer.open(data, index).close();

        boolean valid = offset == 1L << 49;
        assertThat(index).hasSize(LayerHeader.SIZE + (valid ? SegmentLayout.SIZE : 0));
    }

    @Test
    void aZFileHeaderOfAnotherSizeIsRefused() throws IOException {
        ByteBuffer file = golden("corrupt/zfile-no-digest-flag.zfile");

        assertRefused(file.putInt(SIZE_FIELD, 97), SIZE_FIELD, "ZFile header: size is 97, not 96");
    }

    @Test
    void aTarSizeOfZeroIsThatOfTheFileHeader() throws IOException {
        ByteBuffer file = golden("corrupt/base/lz4-tar.obd");
        byte[] record = "9 size=0\n".getBytes(StandardCharsets.US_ASCII);
        file.put(512, new byte[512]).put(512, record);

        assertThat(TarWrapper.unwrap(blob(file)).size()).isZero();
    }

    private void assertRefused(ByteBuffer file, long offset, String check) throws IOException {
        assertThatThrownBy(() -> open(file))
                .isInstanceOfSatisfying(
                        CorruptBlobException.class,
                        e -> assertThat(e.offset()).as(e.getMessage()).isEqualTo(offset))
                .hasMessageContaining(check);
    }

    private static ByteBuffer layer() throws IOException {
        return golden("corrupt/base/raw.lsmt");
    }

    private static ByteBuffer golden(String name) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(Golden.file(name))).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int trailerOf(ByteBuffer file) {
        return file.limit() - LayerHeader.SIZE;
    }

    private Layer open(ByteBuffer file) throws IOException {
        return Layer.open(blob(file));
    }

    private FileBlob blob(ByteBuffer file) throws IOException {
        byte[] bytes = new byte[file.limit()];
        file.get(0, bytes);
        return FileBlob.open(Files.write(dir.resolve("file"), bytes));
    }
}
