package io.obd.rafs.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.rafs.Bootstrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoldenImagesTest {

    @ParameterizedTest
    @CsvSource({
        "v5-none/base.boot, base",
        "v5-lz4_block/base.boot, base",
        "v5-zstd/base.boot, base",
        "v5-opt-prefetch-aligned/base.boot, base",
        "v5-layered/l1.boot, base",
        "v5-layered/l3.boot, layered-l3",
        "v5-merge/merged.boot, merged",
        "v6-none/base.boot, base",
        "v6-lz4_block/base.boot, base",
        "v6-zstd/base.boot, base",
        "v6-opt-batch/base.boot, base",
        "v6-opt-chunk64k/base.boot, base",
        "v6-opt-prefetch/base.boot, base",
        "v6-opt-repeatable/base.boot, base-repeatable",
        "v6-layered/l1.boot, base",
        "v6-layered/l3.boot, layered-l3",
        "v6-merge/merged.boot, merged",
        "v6-overlayfs/l1.boot, base",
        "v6-overlayfs/l2.boot, overlayfs-l2",
        "v6-chunkdict/dict.boot, base",
        "v6-chunkdict/l2.boot, chunkdict-l2",
        "v6-targzref/base.boot, targzref-base",
        "v6-tarfs/layer2.boot, tarfs-layer2",
    })
    void anImageHasTheTreeAndTheContentThatIsListed(String bootstrap, String listing) throws IOException {
        Bootstrap image = GoldenImage.load(bootstrap);

        try (ChunkReader chunks = new ChunkReader(image, GoldenImage.blobs(), true)) {
            assertThat(Listing.of(image, chunks)).containsExactlyElementsOf(GoldenImage.listing(listing));
        }
    }

    /** The bootstrap of a layer has no identity of the blob it was part of, its name does. */
    @ParameterizedTest
    @CsvSource({"v5-merge", "v6-merge"})
    void theBootstrapOfALayerIsReadWithTheBlobItIsNamedAfter(String image) throws IOException {
        try (Stream<Path> layers = Files.list(GoldenImage.file(image).resolve("bs"))) {
            for (Path layer : layers.toList()) {
                Bootstrap bootstrap = Bootstrap.load(layer);

                assertThat(bootstrap.blobs())
                        .singleElement()
                        .satisfies(blob -> assertThat(blob.id())
                                .isEqualTo(layer.getFileName().toString()));
                try (ChunkReader chunks = new ChunkReader(bootstrap, GoldenImage.blobs(), true)) {
                    assertThat(Listing.of(bootstrap, chunks)).hasSize((int) bootstrap.nameCount());
                }
            }
        }
    }

    /** With and without a table of contents; the last one refers to a layer in gzip. */
    @ParameterizedTest
    @CsvSource({
        "f988971d1f48df7ce2b10ab40f44422968f0d3940617f0372d5d4832c5eacc49, 426, 5",
        "b49454ea575205e821a5c12e56fd693944f8a3929cc72d43f136a6db8c8b32e0, 426, 6",
        "51645562b06e22974c0231de34ccdee92a26e4478aaa78f4e428b55dc17fb576, 18, 6",
    })
    void aBootstrapIsFoundAtTheEndOfItsBlob(String blob, int names, int version) throws IOException {
        Bootstrap bootstrap = GoldenImage.load("blobs/" + blob);

        assertThat(bootstrap.version().number()).isEqualTo(version);
        assertThat(bootstrap.nameCount()).isEqualTo(names);
        try (ChunkReader chunks = new ChunkReader(bootstrap, GoldenImage.blobs(), true)) {
            assertThat(Listing.of(bootstrap, chunks)).hasSize(names);
        }
    }

    @Test
    void aLayerThatRefersToOneInGzipIsReadWithItsBlobAlone() throws IOException {
        Bootstrap bootstrap =
                GoldenImage.load("blobs/ff4822a2425949bda77408a214ec4ffd13f28244897bc2aaab0b3583f38b78d1");

        try (ChunkReader chunks = new ChunkReader(bootstrap, GoldenImage.blobs(), true)) {
            assertThat(Listing.of(bootstrap, chunks)).containsExactlyElementsOf(GoldenImage.listing("targzref-base"));
        }
    }

    @Test
    void filesToPrefetchAreInTheOrderOfTheirPatterns() throws IOException {
        Bootstrap v6 = GoldenImage.load("v6-opt-prefetch/base.boot");

        assertThat(v6.prefetch())
                .hasSize(3)
                .first()
                .satisfies(first -> assertThat(first.isDirectory()).isTrue());
        assertThat(GoldenImage.load("v5-opt-prefetch-aligned/base.boot").prefetch())
                .hasSize(2);
        assertThat(GoldenImage.load("v6-none/base.boot").prefetch()).isEmpty();
    }

    /** So that no bootstrap of the originals is left out above. */
    @Test
    void everyGoldenBootstrapCanBeLoaded() throws IOException {
        try (Stream<Path> files = Files.walk(GoldenImage.file(""))) {
            TreeSet<Path> bootstraps = files.filter(file ->
                            file.toString().endsWith(".boot") || file.toString().contains("/bs/"))
                    .filter(Files::isRegularFile)
                    .collect(Collectors.toCollection(TreeSet::new));

            assertThat(bootstraps)
                    .hasSize(31)
                    .allSatisfy(
                            file -> assertThat(Bootstrap.load(file).nameCount()).isGreaterThan(1));
        }
    }
}
