package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.block.BlobReader;
import io.obd.block.Codec;
import io.obd.block.FileBlob;
import io.obd.lsmt.WritableLayer.Kind;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write is, byte for byte, what the original writes. */
class GoldenWritingTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {"lsmt/rw-log-1", "corrupt/base/rw-small", "lsmt/stack-3/upper", "lsmt/stack-3/upper-vsize0"})
    void theSameOperationsGiveTheSameFiles(String name) throws IOException {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        WritableLayer layer = WritableLayer.create(WritableLayer.Kind.LOG, data, index, 1L << 30, LayerHeader.NIL);
        try (LayeredImage image = LayeredImage.open(List.of(), layer)) {
            replay(name, image);
        }

        assertThat(body(data)).isEqualTo(body(Golden.file(name + "/data")));
        assertThat(entries(index)).isEqualTo(entries(Golden.file(name + "/index")));
        assertSameHeader(data, Golden.file(name + "/data"));
        assertSameHeader(index, Golden.file(name + "/index"));
    }

    @Test
    void aCommit() throws IOException {
        Path out = dir.resolve("out");
        try (WritableLayer layer = rwLog()) {
            layer.commit(out, LayerOptions.PLAIN);
        }

        assertSameFile(out, "lsmt/commit-1/raw.lsmt");
    }

    /** The compressed bytes are those of another version of the library: block boundaries and all else are the same. */
    @ParameterizedTest
    @CsvSource({
        "lz4-4k.zfile, LZ4, 4096, false",
        "lz4-8k.zfile, LZ4, 8192, false",
        "lz4-16k.zfile, LZ4, 16384, false",
        "lz4-32k.zfile, LZ4, 32768, false",
        "lz4-64k.zfile, LZ4, 65536, false",
        "lz4-4k-tar.obd, LZ4, 4096, true",
        "zstd-4k.zfile, ZSTD, 4096, false",
        "zstd-16k.zfile, ZSTD, 16384, false",
        "zstd-64k.zfile, ZSTD, 65536, false",
        "zstd-16k-tar.obd, ZSTD, 16384, true",
    })
    void aCompressedCommit(String name, Codec codec, int blockSize, boolean tar) throws IOException {
        Path out = dir.resolve("out");
        try (WritableLayer layer = rwLog()) {
            layer.commit(
                    out,
                    LayerOptions.PLAIN
                            .withZFile(new ZFileOptions(codec, blockSize))
                            .withTarWrapper(tar));
        }

        byte[] raw = Files.readAllBytes(Golden.file("lsmt/commit-1/raw.lsmt"));
        assertThat(stream(out)).isEqualTo(raw);
        assertThat(stream(Golden.file("lsmt/commit-1/" + name))).isEqualTo(raw);
        int front = tar ? 1536 : 0;
        assertThat(withoutLengths(out, front)).isEqualTo(withoutLengths(Golden.file("lsmt/commit-1/" + name), front));
        assertThat(Files.size(out) % 512 == 0).isEqualTo(tar);
    }

    @Test
    void aCommitWithNames() throws IOException {
        Path out = dir.resolve("out");
        try (WritableLayer layer = rwLog()) {
            layer.commit(
                    out,
                    new LayerOptions(
                            UUID.fromString("6F0E1A52-3C77-4B0E-9A3B-0C1D2E3F4A5B"),
                            UUID.fromString("1B2C3D4E-5F60-4712-8A9B-ACBDCEDFE0F1"),
                            "hello overlaybd 例",
                            null,
                            false));
        }

        assertSameFile(out, "lsmt/commit-1/raw-uuid.lsmt");
    }

    @Test
    void aSealedLayerAndItsCommit() throws IOException {
        try (WritableLayer layer = rwLog()) {
            layer.seal();
        }
        byte[] sealed = Files.readAllBytes(dir.resolve("lsmt-rw-log-1-data"));
        byte[] expected = Files.readAllBytes(Golden.file("lsmt/sealed-1/sealed.lsmt"));
        LayerHeader trailer = LayerHeader.decode(
                ByteBuffer.wrap(expected, expected.length - LayerHeader.SIZE, LayerHeader.SIZE)
                        .slice(),
                "trailer",
                "sealed",
                0);
        // The original leaves memory as it finds it between the last entry and the trailer.
        int end = (int) (trailer.indexOffset() + trailer.indexSize() * SegmentLayout.SIZE);
        Arrays.fill(expected, end, expected.length - LayerHeader.SIZE, (byte) 0);
        assertThat(sealed).isEqualTo(expected);

        Path out = dir.resolve("out");
        try (Layer layer = Layer.open(FileBlob.open(Golden.file("lsmt/sealed-1/sealed.lsmt")))) {
            layer.commit(out, LayerOptions.PLAIN);
        }
        assertSameFile(out, "lsmt/sealed-1/from-sealed.lsmt");
    }

    @Test
    void aFlattenedStack() throws IOException {
        Path out = dir.resolve("out");
        Path zfile = dir.resolve("zfile");
        try (LayeredImage image = LayeredImage.open(stack(), null)) {
            image.flatten(out, LayerOptions.PLAIN);
            image.flatten(zfile, LayerOptions.PLAIN.withZFile(ZFileOptions.DEFAULT));
        }

        assertSameFile(out, "lsmt/stack-3/merged-raw.lsmt");
        assertThat(stream(zfile)).isEqualTo(stream(Golden.file("lsmt/stack-3/merged-lz4.zfile")));
    }

    @Test
    void aFlattenedStackWithAWritableLayer() throws IOException {
        Path out = dir.resolve("out");
        WritableLayer top = WritableLayer.open(
                Golden.copy("lsmt/stack-3/upper/data", dir), Golden.copy("lsmt/stack-3/upper/index", dir));
        try (LayeredImage image = LayeredImage.open(stack(), top)) {
            image.flatten(out, LayerOptions.COMPRESSED);
        }
        try (LayeredImage image = LayeredImage.open(List.of(Layer.open(FileBlob.open(out))), null)) {
            assertThat(new Golden().hash(image))
                    .isEqualTo(Golden.named("lsmt/stack-3/upper")
                            .get("flat_sha256")
                            .asText());
        }
    }

    @Test
    void aSparseLayerAndItsCommit() throws IOException {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        JsonNode expected = Golden.named("lsmt/rw-sparse-1");
        WritableLayer created = WritableLayer.create(Kind.SPARSE, data, index, 1L << 30, LayerHeader.NIL);
        try (LayeredImage image = LayeredImage.open(List.of(), created)) {
            replay("lsmt/rw-sparse-1", image);
            assertThat(new Golden().hash(image))
                    .isEqualTo(expected.get("flat_sha256").asText());
        }
        assertThat(index).isEmptyFile();

        assertSameSparseCommit(data, index);
    }

    @Test
    void theSparseLayerOfTheOriginalAndItsCommit() throws Exception {
        Process tar = new ProcessBuilder(
                        "tar",
                        "-xSf",
                        Golden.file("lsmt/rw-sparse-1/pair.sparse.tar")
                                .toAbsolutePath()
                                .toString())
                .directory(dir.toFile())
                .inheritIO()
                .start();
        assumeTrue(tar.waitFor() == 0, "needs GNU tar");

        assertSameSparseCommit(dir.resolve("data"), dir.resolve("index"));
    }

    private void assertSameSparseCommit(Path data, Path index) throws IOException {
        Path out = dir.resolve("out");
        try (WritableLayer layer = WritableLayer.open(data, index)) {
            assertThat(layer.kind()).isEqualTo(Kind.SPARSE);
            layer.commit(out, LayerOptions.PLAIN.withZFile(ZFileOptions.DEFAULT));
            layer.seal();
        }
        byte[] expected = stream(Golden.file("lsmt/rw-sparse-1/commit-lz4.zfile"));
        assertThat(stream(out)).isEqualTo(expected);

        assertThat(header(data).flags()).isEqualTo(0x13);
        assertThat(trailer(data).flags()).isEqualTo(0x16);
        Path again = dir.resolve("again");
        try (Layer layer = Layer.open(FileBlob.open(data))) {
            layer.commit(again, LayerOptions.PLAIN);
        }
        assertThat(Files.readAllBytes(again)).isEqualTo(expected);
    }

    private static List<Layer> stack() throws IOException {
        List<Layer> layers = new ArrayList<>();
        for (JsonNode name : Golden.named("lsmt/stack-3").get("layers")) {
            layers.add(Layer.open(FileBlob.open(Golden.file("lsmt/stack-3/" + name.asText()))));
        }
        return layers;
    }

    private static LayerHeader trailer(Path file) throws IOException {
        try (FileBlob blob = FileBlob.open(file)) {
            ByteBuffer block = ByteBuffer.allocate(LayerHeader.SIZE);
            blob.read(blob.size() - LayerHeader.SIZE, block);
            return LayerHeader.decode(block.flip(), "trailer", file.toString(), 0);
        }
    }

    private WritableLayer rwLog() throws IOException {
        return WritableLayer.open(Golden.copy("lsmt/rw-log-1/data", dir), Golden.copy("lsmt/rw-log-1/index", dir));
    }

    private static void replay(String name, LayeredImage image) throws IOException {
        byte[] payload = Files.readAllBytes(Golden.file(name + "/payload.bin"));
        for (String line : Files.readAllLines(Golden.file(name + "/ops.txt"))) {
            String[] op = line.split(" ");
            switch (op[0]) {
                case "W" ->
                    image.write(
                            Long.parseLong(op[1]),
                            ByteBuffer.wrap(payload, Integer.parseInt(op[3]), Integer.parseInt(op[2])));
                case "D" -> image.discard(Long.parseLong(op[1]), Long.parseLong(op[2]));
                default -> image.flush();
            }
        }
    }

    private static void assertSameFile(Path file, String golden) throws IOException {
        assertThat(Files.size(file)).isEqualTo(Files.size(Golden.file(golden)));
        assertThat(Files.mismatch(file, Golden.file(golden))).isEqualTo(-1);
    }

    private static byte[] body(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return Arrays.copyOfRange(bytes, LayerHeader.SIZE, bytes.length);
    }

    /** Index entries without their tags, for which the original writes the number of layers below. */
    private static long[] entries(Path index) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(body(index)).order(ByteOrder.LITTLE_ENDIAN);
        long[] words = new long[bytes.capacity() / Long.BYTES];
        bytes.asLongBuffer().get(words);
        for (int i = 1; i < words.length; i += 2) {
            words[i] = SegmentLayout.withTag(words[i], 0);
        }
        return words;
    }

    private static void assertSameHeader(Path file, Path expected) throws IOException {
        assertThat(header(file))
                .usingRecursiveComparison()
                .ignoringFields("uuid")
                .isEqualTo(header(expected));
    }

    private static byte[] stream(Path file) throws IOException {
        try (BlobReader blob = ZFile.open(TarWrapper.unwrap(FileBlob.open(file)))) {
            ByteBuffer bytes = ByteBuffer.allocate((int) blob.size());
            blob.read(0, bytes);
            return bytes.array();
        }
    }

    /** The ZFile header without what depends on the length of the compressed blocks, and the tar in front of it. */
    private static byte[] withoutLengths(Path file, int front) throws IOException {
        byte[] start = Arrays.copyOf(Files.readAllBytes(file), front + 512);
        Arrays.fill(start, front + 28, front + 32, (byte) 0);
        Arrays.fill(start, front + 40, front + 48, (byte) 0);
        Arrays.fill(start, front + 64, front + 68, (byte) 0);
        if (front > 0) {
            Arrays.fill(start, 512, 1024, (byte) 0);
        }
        return start;
    }

    private static LayerHeader header(Path file) throws IOException {
        try (FileBlob blob = FileBlob.open(file)) {
            ByteBuffer block = ByteBuffer.allocate(LayerHeader.SIZE);
            blob.read(0, block);
            return LayerHeader.decode(block.flip(), "header", file.toString(), 0);
        }
    }
}
