package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.block.AbsentDataException;
import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.lsmt.WritableLayer.Kind;
import io.obd.lsmt.blob.ZFile;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TurboOCI layers that the original made, with the layer whose files they describe. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTurboOciTest {
    private static final long SIZE = 1L << 30;

    private final Golden golden = new Golden();

    @TempDir
    Path dir;

    private Path tar = Path.of("");

    @BeforeAll
    void unpack(@TempDir Path shared) throws IOException {
        tar = shared.resolve("T.tar");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(Golden.file("turbooci/T.tar.gz")))) {
            Files.copy(in, tar);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4-gz", "erofs-gz"})
    void aLayerWithItsTarget(String name) throws IOException {
        try (LayeredImage image = LayeredImage.open(List.of(open(name)), null)) {
            assertThat(image.size()).isEqualTo(SIZE);
            assertThat(golden.hash(image)).isEqualTo(hash(name));
        }
    }

    @Test
    void anOrdinaryLayerIsMadeOfOneByCommit() throws IOException {
        Path out = dir.resolve("ordinary");
        try (Layer layer = open("ext4-gz")) {
            layer.commit(out, LayerOptions.PLAIN);
        }
        try (LayeredImage image = LayeredImage.open(List.of(Layer.open(FileBlob.open(out))), null)) {
            assertThat(golden.hash(image)).isEqualTo(hash("ext4-gz"));
        }
    }

    /** What the original's pair held is known from what it committed. */
    @ParameterizedTest
    @CsvSource({"ext4-gz, 0", "ext4-gz, 3", "erofs-gz, 0", "erofs-gz, 9"})
    void theCommitOfAPairIsTheOneOfTheOriginal(String name, int layersBelow) throws IOException {
        Path data = dir.resolve(name + layersBelow + "-data");
        Path index = dir.resolve(name + layersBelow + "-index");
        byte[] stream = stream(Golden.file("turbooci/" + name + ".fs.meta"));
        try (LayeredImage image = LayeredImage.open(
                List.of(), WritableLayer.create(Kind.TURBO_OCI, data, index, SIZE, LayerHeader.NIL))) {
            replay(stream, image);
        }
        raiseTags(index, layersBelow);
        Path out = dir.resolve(name + layersBelow + ".fs.meta");
        try (WritableLayer layer = WritableLayer.open(data, index)) {
            assertThat(layer.kind()).isEqualTo(Kind.TURBO_OCI);
            layer.commit(out, LayerOptions.PLAIN.withZFile(ZFileOptions.DEFAULT));
        }

        assertThat(stream(out)).isEqualTo(stream);
        try (LayeredImage image = LayeredImage.open(List.of(), WritableLayer.open(data, index, FileBlob.open(tar)))) {
            assertThat(golden.hash(image)).isEqualTo(hash(name));
        }
    }

    @Test
    void aPairWithoutTargetReadsMetadataOnly() throws IOException {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        try (LayeredImage image = LayeredImage.open(
                List.of(), WritableLayer.create(Kind.TURBO_OCI, data, index, SIZE, LayerHeader.NIL))) {
            image.write(4096, ByteBuffer.allocate(512).put(0, (byte) 5));
            image.mapRemote(8192, 4096, 1024);

            ByteBuffer sector = ByteBuffer.allocate(512);
            image.read(4096, sector);
            assertThat(sector.get(0)).isEqualTo((byte) 5);
            assertThatThrownBy(() -> image.read(8192, ByteBuffer.allocate(512)))
                    .isInstanceOf(AbsentDataException.class)
                    .hasMessageContaining("in the original layer at byte 1024, which is not given");
        }
    }

    @Test
    void aTargetThatIsTooShortIsRefused() throws IOException {
        Path half = dir.resolve("half.tar");
        Files.copy(tar, half);
        try (FileChannel channel = FileChannel.open(half, StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(tar) / 2);
        }
        assertThatThrownBy(() ->
                        Layer.openTurboOci(FileBlob.open(Golden.file("turbooci/ext4-gz.fs.meta")), FileBlob.open(half)))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("the original layer has sectors 0 to 3260");
    }

    private Layer open(String name) throws IOException {
        return Layer.openTurboOci(FileBlob.open(Golden.file("turbooci/" + name + ".fs.meta")), FileBlob.open(tar));
    }

    private static void replay(byte[] stream, LayeredImage image) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
        LayerHeader trailer = LayerHeader.decode(
                in.slice(stream.length - LayerHeader.SIZE, LayerHeader.SIZE), "trailer", "golden", 0);
        for (int i = 0; i < trailer.indexSize(); i++) {
            int at = (int) trailer.indexOffset() + i * SegmentLayout.SIZE;
            long range = in.getLong(at);
            long mapping = in.getLong(at + 8);
            long offset = SegmentLayout.offset(range) * Sectors.SIZE;
            int length = SegmentLayout.length(range) * Sectors.SIZE;
            long moffset = SegmentLayout.moffset(mapping) * Sectors.SIZE;
            if (SegmentLayout.isZeroed(mapping)) {
                image.discard(offset, length);
            } else if (SegmentLayout.tag(mapping) == TurboOciTags.REMOTE) {
                image.mapRemote(offset, length, moffset);
            } else {
                image.write(offset, ByteBuffer.wrap(stream, (int) moffset, length));
            }
        }
    }

    /** As of a pair that was written on top of so many layers. */
    private static void raiseTags(Path index, int layersBelow) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(index));
        for (int at = LayerHeader.SIZE + 15; at < bytes.capacity(); at += SegmentLayout.SIZE) {
            bytes.put(at, (byte) (bytes.get(at) + layersBelow));
        }
        Files.write(index, bytes.array());
    }

    private static byte[] stream(Path file) throws IOException {
        try (BlobReader blob = ZFile.open(FileBlob.open(file))) {
            ByteBuffer bytes = ByteBuffer.allocate((int) blob.size());
            blob.read(0, bytes);
            return bytes.array();
        }
    }

    private static String hash(String name) throws IOException {
        for (JsonNode c : new ObjectMapper()
                .readTree(Golden.file("manifest-images.json").toFile())
                .get("cases")) {
            if (c.get("name").asText().equals("turbooci/" + name)) {
                return c.get("flat_sha256").asText();
            }
        }
        throw new IllegalArgumentException(name);
    }
}
