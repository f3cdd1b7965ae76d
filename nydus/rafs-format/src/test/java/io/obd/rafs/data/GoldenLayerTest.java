package io.obd.rafs.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.rafs.Bootstrap;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.MemoryBlob;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.ImageBuilder;
import io.obd.rafs.build.Prefetch;
import io.obd.rafs.build.TarSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layer that the originals built out of a tar, as registries hold it. */
class GoldenLayerTest {
    private static final String TAR = "d3806b3bbda7b024aa68e31b4127d5cbc0ca191bc6b1805e5d781aa448a77fd4";

    /**
     * All up to the bootstrap has the same bytes. In the bootstrap extended attributes are in another order, and in version 5
     * the originals give files that are no devices a device number of -1.
     */
    @ParameterizedTest
    @CsvSource({
        "V5, f988971d1f48df7ce2b10ab40f44422968f0d3940617f0372d5d4832c5eacc49",
        "V6, b49454ea575205e821a5c12e56fd693944f8a3929cc72d43f136a6db8c8b32e0",
    })
    void aLayerOfATarIsThatOfTheOriginals(RafsVersion version, String golden) throws IOException {
        ImageFormat image = new ImageFormat(version, Compressor.ZSTD, Digester.BLAKE3, 1 << 20, true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BuiltImage built;
        try (InputStream tar = Files.newInputStream(GoldenImage.file("blobs/" + TAR))) {
            built = new ImageBuilder(BlobFormat.layer(image), Prefetch.none()).build(new TarSource(tar), out);
        }

        byte[] ours = out.toByteArray();
        byte[] theirs = Files.readAllBytes(GoldenImage.file("blobs/" + golden));
        int end = (int) built.blobs().getFirst().compressedSize();
        assertThat(Arrays.copyOf(ours, end)).isEqualTo(Arrays.copyOf(theirs, end));
        assertThat(end).isGreaterThan(200_000);
        assertThat(listing(ours, built.blobId().orElseThrow())).isEqualTo(listing(theirs, golden));
    }

    private static Object listing(byte[] layer, String id) throws IOException {
        Bootstrap bootstrap = Bootstrap.load(new MemoryBlob(ByteBuffer.wrap(layer)), id);
        try (ChunkReader chunks = new ChunkReader(bootstrap, _ -> new MemoryBlob(ByteBuffer.wrap(layer)), true)) {
            return Listing.of(bootstrap, chunks);
        }
    }
}
