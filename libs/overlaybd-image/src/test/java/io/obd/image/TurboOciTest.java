package io.obd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.block.gzip.GzipIndexer;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.lsmt.DiskMap;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.registry.Digest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers whose files stay in the original layer; the original tools made them. */
class TurboOciTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/turbooci");
    private static final Path GZIP = GOLDEN.resolve("T.tar.gz");
    private static final String INDEX = GOLDEN.resolve("ext4-gz.gzip.meta").toString();
    private static final String DIGEST = "sha256:ada8c8b1134e8cfa3ad09bed663810f521c7bebc074b0514fc33e00e3dc9fc7e";
    private static final String URL = "https://host/v2/app/blobs";

    @TempDir
    Path dir;

    private Path tar = Path.of("");
    private final List<Digest> fetched = new ArrayList<>();
    private final ImageOpener opener = new ImageOpener(this::openRemote);

    @BeforeEach
    void unpack() throws IOException {
        tar = dir.resolve("T.tar");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(GZIP))) {
            Files.copy(in, tar);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4-gz.fs.meta", "erofs-gz.fs.meta"})
    void aGzipLayerReadsAsTheTarInIt(String metadata) throws IOException {
        long expected = content(lower(metadata, tar.toString(), "", ""));

        assertThat(content(lower(metadata, GZIP.toString(), "", INDEX))).isEqualTo(expected);
        assertThat(content(lower(metadata, "", DIGEST, INDEX))).isEqualTo(expected);
        assertThat(content(lower(metadata, GZIP.toString(), DIGEST, INDEX))).isEqualTo(expected);
        assertThat(fetched).containsExactly(Digest.parse(DIGEST));
    }

    @Test
    void whatIsMissingOrDamagedIsNamed() {
        assertThatThrownBy(() -> content(lower("ext4-gz.fs.meta", "/nowhere/layer.tar", "", "")))
                .isInstanceOf(ImageOpenException.class)
                .hasMessageStartingWith("layer 0 of 1 (" + GOLDEN.resolve("ext4-gz.fs.meta") + "): ")
                .hasMessageContaining("/nowhere/layer.tar");
        assertThatThrownBy(() -> content(lower("ext4-gz.fs.meta", GZIP.toString(), "", "/nowhere/gzip.meta")))
                .hasMessageContaining("/nowhere/gzip.meta");
        String damaged = GOLDEN.resolve("gz-magic.gzip.meta").toString();
        assertThatThrownBy(() -> content(lower("ext4-gz.fs.meta", GZIP.toString(), "", damaged)))
                .hasMessageContaining(damaged + ": at byte 0: gzip index: magic not found");
        assertThatThrownBy(() -> content(lower("ext4-gz.fs.meta", "", "sha256:5", INDEX)))
                .hasMessageContaining("targetDigest: ");
        assertThatThrownBy(() -> content(
                        lower("ext4-gz.fs.meta", "", Digest.sha256(new byte[0]).toString(), "")))
                .hasMessageContaining("not in the registry");
    }

    @Test
    void withChecksumsBesideTheIndexDamageIsNoticed() throws IOException {
        Path index = dir.resolve("gzip.meta");
        try (GzipIndexer indexer =
                GzipIndexer.open(Files.newInputStream(GZIP), "layer", index, dir.resolve("gzip.meta.crc"))) {
            indexer.transferTo(OutputStream.nullOutputStream());
        }
        byte[] damaged = Files.readAllBytes(GZIP);
        damaged[250_000] ^= 1;
        Path target = Files.write(dir.resolve("damaged.tar.gz"), damaged);

        assertThat(content(lower("ext4-gz.fs.meta", GZIP.toString(), "", index.toString())))
                .isEqualTo(content(lower("ext4-gz.fs.meta", tar.toString(), "", "")));
        assertThatThrownBy(() -> content(lower("ext4-gz.fs.meta", target.toString(), "", index.toString())))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining(target.toString());
    }

    @Test
    void aWritableLayerReadsFromItsTarget() throws IOException {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        WritableLayer.create(WritableLayer.Kind.TURBO_OCI, data, index, 1 << 20, new UUID(0, 0))
                .close();
        ImageConfig config = new ImageConfig("", List.of(), "")
                .withUpper(new Upper(index.toString(), data.toString(), tar.toString(), "", 0));
        try (LayeredImage image = opener.open(config)) {
            image.mapRemote(4096, 512, 1024);
        }

        for (Upper upper :
                List.of(config.upper(), new Upper(index.toString(), data.toString(), GZIP.toString(), INDEX, 0))) {
            try (LayeredImage image = opener.open(config.withUpper(upper))) {
                ByteBuffer sector = ByteBuffer.allocateDirect(512);
                image.read(4096, sector);
                byte[] expected = new byte[512];
                try (InputStream in = Files.newInputStream(tar)) {
                    in.skipNBytes(1024);
                    in.readNBytes(expected, 0, 512);
                }
                assertThat(sector.flip()).isEqualTo(ByteBuffer.wrap(expected));
            }
        }
    }

    private static Lower lower(String metadata, String targetFile, String targetDigest, String gzipIndex) {
        return new Lower(GOLDEN.resolve(metadata).toString(), "", "", 0, targetFile, targetDigest, gzipIndex);
    }

    /** Checksum of everything that has data. */
    private long content(Lower lower) throws IOException {
        CRC32C crc = new CRC32C();
        List<long[]> runs = new ArrayList<>();
        try (LayeredImage image = opener.open(new ImageConfig(URL, List.of(lower), ""))) {
            image.map().visit((offset, length, layer, position) -> {
                if (layer != DiskMap.NONE) {
                    runs.add(new long[] {offset, length});
                }
            });
            assertThat(runs).isNotEmpty();
            for (long[] run : runs) {
                ByteBuffer bytes = ByteBuffer.allocateDirect((int) run[1]);
                image.read(run[0], bytes);
                crc.update(bytes.flip());
            }
        }
        return crc.getValue();
    }

    private BlobReader openRemote(String repoBlobUrl, Digest digest, long size) throws IOException {
        if (!digest.toString().equals(DIGEST)) {
            throw new FileNotFoundException("not in the registry");
        }
        fetched.add(digest);
        return FileBlob.open(GZIP);
    }
}
