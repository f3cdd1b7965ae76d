package io.obd.engines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.convert.Blob;
import io.obd.convert.ConversionEngine;
import io.obd.convert.ConversionException;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.SourceLayer;
import io.obd.fs.Ext4;
import io.obd.fs.Ext4Options;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageOpener;
import io.obd.lsmt.LayerWriter;
import io.obd.lsmt.LayeredImage;
import io.obd.registry.ChainId;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.MediaTypes;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TurboOciEngineTest {
    private static final long SIZE = 1L << 30;

    /** Layers with every odd entry, one on top of the other. */
    private static final List<Path> ODD = List.of(odd("A.tar"), odd("B.tar"), odd("C.tar"));

    /** The layers of the small image that the original converted, and what it made of them. */
    private static final List<Path> SMALL = List.of(
            blob("17befb98ed03270cc5608f1f9d4f7e1217e4081ee408d9c7122c8638a9e423db"),
            blob("ccb0e3125b14695ef1a801dcaefe3b4e8850aa4027b19e79a567c3e53a4c88e3"));

    private static final List<Path> SMALL_CONVERTED = List.of(
            blob("3c52a654dc402310771ebf0f4ca89ba543aa93703f763804ca8a2693ba99ffa9"),
            blob("3ef89b55943cc2aee4947878d0f26e200365f2c5e451a692bdb6a8ee557e4907"));

    @TempDir
    Path dir;

    private static Path odd(String name) {
        return Path.of("../image-fs/src/test/resources/layers").resolve(name);
    }

    private static Path blob(String name) {
        return Path.of("../../e2e/src/test/resources/golden/blobs").resolve(name);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theDiskIsTheOneOfTheNativeFormat(boolean compressed) throws IOException {
        List<Path> blobs = new ArrayList<>();
        for (Path tar : ODD) {
            blobs.add(compressed ? gzip(tar) : tar);
        }
        Path turbo = Files.createDirectory(dir.resolve("turbo"));
        Path plain = Files.createDirectory(dir.resolve("native"));
        List<ConvertedLayer> layers =
                convert(new TurboOciEngine(turbo, SIZE, MediaTypes.OCI_LAYER_GZIP, TurboOciFileSystem.EXT4), blobs);
        List<ConvertedLayer> plainLayers =
                convert(new NativeEngine(plain, SIZE, NativeLayers.of(MediaTypes.OCI_LAYER)), blobs);

        List<Lower> lowers = new ArrayList<>();
        List<Lower> natives = new ArrayList<>();
        for (int i = 0; i < blobs.size(); i++) {
            Path unpacked = Files.createDirectory(dir.resolve("unpacked" + i));
            Map<String, byte[]> members = members(layers.get(i).file());
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                Files.write(unpacked.resolve(member.getKey()), member.getValue());
            }
            assertThat(members.keySet())
                    .containsExactlyElementsOf(
                            compressed
                                    ? List.of(".turbo.ociv1", "ext4.fs.meta", "gzip.meta", "gzip.meta.crc")
                                    : List.of(".turbo.ociv1", "ext4.fs.meta"));
            String index = compressed ? unpacked.resolve("gzip.meta").toString() : "";
            lowers.add(new Lower(
                    unpacked.resolve("ext4.fs.meta").toString(),
                    "",
                    "",
                    0,
                    blobs.get(i).toString(),
                    "",
                    index));
            natives.add(Lower.file(plainLayers.get(i).file().toString()));
        }
        assertSame(natives, lowers);
    }

    /** The blocks of what a layer removes are used again, for directories too. */
    @Test
    void metadataMayComeWhereFilesOfLowerLayersWere() throws Exception {
        Path lower = Files.createDirectories(dir.resolve("lower/old"));
        Path upper = Files.createDirectories(dir.resolve("upper"));
        for (int i = 0; i < 50; i++) {
            Files.write(lower.resolve("file-" + i), new byte[100_000]);
        }
        Files.createFile(upper.resolve(".wh.old"));
        for (int i = 0; i < 300; i++) {
            Files.createDirectory(upper.resolve("directory-" + i));
        }
        List<Path> blobs = List.of(tar("lower"), tar("upper"));
        Path turbo = Files.createDirectory(dir.resolve("turbo"));
        Path plain = Files.createDirectory(dir.resolve("native"));
        List<ConvertedLayer> turboLayers =
                convert(new TurboOciEngine(turbo, SIZE, MediaTypes.OCI_LAYER_GZIP, TurboOciFileSystem.EXT4), blobs);
        List<ConvertedLayer> natives =
                convert(new NativeEngine(plain, SIZE, NativeLayers.of(MediaTypes.OCI_LAYER)), blobs);

        List<Lower> lowers = new ArrayList<>();
        for (int i = 0; i < blobs.size(); i++) {
            Path metadata = turboLayers.get(i).file().resolveSibling("ext4.fs.meta");
            lowers.add(new Lower(metadata.toString(), "", "", 0, blobs.get(i).toString(), "", ""));
        }
        assertSame(
                natives.stream()
                        .map(layer -> Lower.file(layer.file().toString()))
                        .toList(),
                lowers);
    }

    @Test
    void onABaseLayerTheDiskIsTheOneOfTheNativeFormatToo() throws IOException {
        NativeLayers layers = NativeLayers.of(MediaTypes.OCI_LAYER);
        Path file = dir.resolve("base");
        try (LayerWriter writer = LayerWriter.create(file, SIZE, null, layers.options())) {
            Ext4.format(writer, Ext4Options.defaults()).close();
            writer.finish();
        }
        ConvertedLayer base = layers.describe(file);
        TurboOciEngine turbo =
                TurboOciEngine.on(base, Files.createDirectory(dir.resolve("turbo")), MediaTypes.OCI_LAYER_GZIP);
        NativeEngine plain = NativeEngine.on(
                new BaseLayer(file, new Blob(base.diffId(), Files.size(file))),
                Files.createDirectory(dir.resolve("native")),
                layers);

        List<Lower> lowers = new ArrayList<>(List.of(Lower.file(file.toString())));
        List<Lower> natives = new ArrayList<>(lowers);
        List<ConvertedLayer> converted = convert(turbo, ODD);
        for (int i = 0; i < ODD.size(); i++) {
            Path metadata = converted.get(i).file().resolveSibling("ext4.fs.meta");
            lowers.add(new Lower(metadata.toString(), "", "", 0, ODD.get(i).toString(), "", ""));
        }
        convert(plain, ODD).forEach(layer -> natives.add(Lower.file(layer.file().toString())));
        assertSame(natives, lowers);
        assertThat(turbo.base()).contains(base);
    }

    private Path tar(String directory) throws Exception {
        Path tar = dir.resolve(directory + ".tar");
        Process process = new ProcessBuilder(
                        "tar", "--sort=name", "-C", dir.resolve(directory).toString(), "-cf", tar.toString(), ".")
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        return tar;
    }

    @Test
    void theFormIsTheOneOfTheOriginal() throws IOException {
        List<ConvertedLayer> layers =
                convert(new TurboOciEngine(dir, SIZE, MediaTypes.OCI_LAYER_GZIP, TurboOciFileSystem.EXT4), SMALL);

        for (int i = 0; i < SMALL.size(); i++) {
            ConvertedLayer layer = layers.get(i);
            byte[] blob = Files.readAllBytes(layer.file());
            String prefix = "containerd.io/snapshot/overlaybd/";
            assertThat(layer.descriptor().mediaType()).isEqualTo(MediaTypes.OCI_LAYER_GZIP);
            assertThat(layer.descriptor().digest()).isEqualTo(Digest.sha256(blob));
            assertThat(layer.descriptor().annotations())
                    .containsExactlyInAnyOrderEntriesOf(Map.of(
                            prefix + "version",
                            "0.1.0-turbo.ociv1",
                            prefix + "blob-digest",
                            Digest.sha256(blob).toString(),
                            prefix + "blob-size",
                            Integer.toString(blob.length),
                            prefix + "turbo-oci/target-digest",
                            "sha256:" + SMALL.get(i).getFileName(),
                            prefix + "turbo-oci/target-media-type",
                            MediaTypes.OCI_LAYER_GZIP));
            assertThat(layer.diffId()).isEqualTo(Digest.sha256(uncompressed(layer.file())));
            assertThat(members(layer.file()).get("gzip.meta"))
                    .isEqualTo(members(SMALL_CONVERTED.get(i)).get("gzip.meta"));
        }
    }

    @Test
    void theArchiveOfEqualFilesIsTheOneOfTheOriginal() throws IOException {
        for (Path golden : SMALL_CONVERTED) {
            Map<String, byte[]> members = members(golden);
            Path metadata = Files.write(dir.resolve("ext4.fs.meta"), members.get("ext4.fs.meta"));
            Path index = Files.write(dir.resolve("gzip.meta"), members.get("gzip.meta"));
            Path file = dir.resolve(golden.getFileName());
            try (SmallArchive archive = SmallArchive.create(file)) {
                archive.add("ext4.fs.meta", metadata);
                archive.addEmpty(".turbo.ociv1");
                archive.add("gzip.meta", index);
                archive.finish();
            }

            assertThat(uncompressed(file)).isEqualTo(uncompressed(golden));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theResultFollowsFromTheContentAlone(TurboOciFileSystem fileSystem) throws IOException {
        Path first = Files.createDirectory(dir.resolve("first"));
        Path second = Files.createDirectory(dir.resolve("second"));

        assertThat(digests(convert(new TurboOciEngine(first, SIZE, MediaTypes.OCI_LAYER_GZIP, fileSystem), ODD)))
                .isEqualTo(
                        digests(convert(new TurboOciEngine(second, SIZE, MediaTypes.OCI_LAYER_GZIP, fileSystem), ODD)));
    }

    @Test
    void filesOfAnEarlierRunThatWereKeptAreReplaced() throws IOException {
        List<Digest> first = digests(
                convert(new TurboOciEngine(dir, SIZE, MediaTypes.OCI_LAYER_GZIP, TurboOciFileSystem.EXT4), SMALL));

        assertThat(digests(convert(
                        new TurboOciEngine(dir, SIZE, MediaTypes.OCI_LAYER_GZIP, TurboOciFileSystem.EXT4), SMALL)))
                .isEqualTo(first);
    }

    @Test
    void aZstdLayerIsRefused() {
        TurboOciEngine engine = new TurboOciEngine(dir, SIZE, MediaTypes.OCI_LAYER_GZIP, TurboOciFileSystem.EXT4);
        byte[] zstd = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0};

        assertThatThrownBy(() -> engine.uncompress(layer(0, zstd, List.of(Digest.sha256(zstd))), stream(zstd)))
                .isInstanceOf(ConversionException.class)
                .hasMessageContaining("compression zstd");
    }

    private static List<Digest> digests(List<ConvertedLayer> layers) {
        return layers.stream().map(layer -> layer.descriptor().digest()).toList();
    }

    private static List<ConvertedLayer> convert(ConversionEngine engine, List<Path> blobs) throws IOException {
        List<ConvertedLayer> converted = new ArrayList<>();
        List<Digest> diffIds = new ArrayList<>();
        for (Path file : blobs) {
            byte[] blob = Files.readAllBytes(file);
            diffIds.add(Digest.sha256(blob));
            SourceLayer layer = layer(converted.size(), blob, diffIds);
            try (InputStream tar = engine.uncompress(layer, stream(blob))) {
                engine.build(layer, tar);
                tar.transferTo(OutputStream.nullOutputStream());
            }
            converted.add(engine.describe(layer));
        }
        return converted;
    }

    private static SourceLayer layer(int index, byte[] blob, List<Digest> diffIds) {
        List<Digest> chain = ChainId.of(diffIds);
        return new SourceLayer(
                index,
                Descriptor.of(MediaTypes.OCI_LAYER, blob),
                diffIds.getLast(),
                chain.getLast(),
                index == 0 ? null : chain.get(index - 1));
    }

    private static InputStream stream(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }

    private Path gzip(Path tar) throws IOException {
        Path gzip = dir.resolve(tar.getFileName() + ".gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzip))) {
            Files.copy(tar, out);
        }
        return gzip;
    }

    private static byte[] uncompressed(Path gzip) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(gzip))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            in.transferTo(out);
            return out.toByteArray();
        }
    }

    private static Map<String, byte[]> members(Path archive) throws IOException {
        Map<String, byte[]> members = new TreeMap<>();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(
                new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive))))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                members.put(entry.getName(), tar.readAllBytes());
            }
        }
        return members;
    }

    private static void assertSame(List<Lower> one, List<Lower> other) throws IOException {
        ImageOpener opener = new ImageOpener((url, digest, size) -> {
            throw new IOException("nothing is remote here");
        });
        try (LayeredImage a = opener.open(new ImageConfig("", one, ""));
                LayeredImage b = opener.open(new ImageConfig("", other, ""))) {
            int step = 1 << 20;
            ByteBuffer inA = ByteBuffer.allocateDirect(step);
            ByteBuffer inB = ByteBuffer.allocateDirect(step);
            for (long at = 0; at < SIZE; at += step) {
                at = Math.min(a.nextData(at), b.nextData(at));
                int length = (int) Math.min(step, SIZE - at);
                if (length > 0) {
                    a.read(at, inA.clear().limit(length));
                    b.read(at, inB.clear().limit(length));
                    assertThat(inA.flip().mismatch(inB.flip()))
                            .as("after byte %d", at)
                            .isNegative();
                }
            }
        }
    }
}
