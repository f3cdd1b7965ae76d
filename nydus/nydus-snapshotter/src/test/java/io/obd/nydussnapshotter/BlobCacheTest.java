package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.snapshots.Layer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobCacheTest {
    private static final String ONE = "1".repeat(64);
    private static final String TWO = "2".repeat(64);
    private static final String THREE = "3".repeat(64);

    @TempDir
    Path dir;

    private BlobCache cache;

    @BeforeEach
    void fill() throws Exception {
        cache = new BlobCache(dir.resolve("cache"));
        Files.createDirectory(cache.directory());
        for (String blob : Set.of(ONE, TWO, THREE)) {
            Files.writeString(cache.directory().resolve(blob + ".blob.data"), "data");
            Files.writeString(cache.directory().resolve(blob + ".blob.data.chunk_map"), "map");
            Files.writeString(cache.directory().resolve(blob + ".blob.meta"), "meta");
        }
        Files.writeString(cache.directory().resolve("README"), "not of a blob");
    }

    @Test
    void whatADaemonOrALayerUsesStays() throws Exception {
        cache.keep(layer(1, Map.of(Labels.CRI_LAYER_DIGEST, "sha256:" + ONE)));

        assertThat(cache.collect(Set.of(TWO + ".blob.data"))).isEqualTo(new BlobCache.Collected(1, 1, 0));

        assertThat(cache.holds(ONE)).isTrue();
        assertThat(cache.holds(TWO)).isTrue();
        assertThat(cache.directory().resolve(TWO + ".blob.meta")).exists();
        assertThat(cache.holds(THREE)).isFalse();
        assertThat(cache.directory().resolve(THREE + ".blob.meta")).doesNotExist();
        assertThat(cache.directory().resolve("README")).exists();
    }

    @Test
    void whatALayerRefersToStays() throws Exception {
        cache.keep(layer(1, Map.of(Labels.CRI_LAYER_DIGEST, "sha256:" + ONE, Labels.REFERENCE, "sha256:" + TWO)));

        cache.collect(Set.of());

        assertThat(cache.holds(ONE)).isTrue();
        assertThat(cache.holds(TWO)).isTrue();
    }

    @Test
    void aRemovedLayerKeepsNothing() throws Exception {
        Layer layer = layer(1, Map.of(Labels.CRI_LAYER_DIGEST, "sha256:" + ONE));
        cache.keep(layer);
        cache.release(layer);

        assertThat(cache.collect(Set.of())).isEqualTo(new BlobCache.Collected(0, 3, 0));
    }

    @Test
    void metadataOfAnImageIsCopiedForItsOwnerAloneAndStays() throws Exception {
        Layer layer = layer(5, Map.of());
        Path image = Files.createDirectories(layer.fs().resolve("image"));
        Files.writeString(image.resolve("image.boot"), "boot");
        String blob = "a".repeat(64);
        Files.writeString(image.resolve(blob + ".blob.meta"), "what is known");
        RafsInstance instance = RafsInstance.of(layer);

        cache.addMetas(instance);
        cache.collect(Set.of());

        Path copy = cache.directory().resolve(blob + ".blob.meta");
        assertThat(copy).hasContent("what is known");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rw-------");
        cache.release(layer);
        cache.collect(Set.of());
        assertThat(copy).doesNotExist();
    }

    @Test
    void theSizeIsThatOfAllFilesOrOfOneBlob() throws Exception {
        assertThat(cache.size(Optional.of(ONE))).isPositive().isLessThan(cache.size(Optional.empty()));
        assertThat(cache.size(Optional.of("f".repeat(64)))).isZero();
    }

    private Layer layer(long id, Map<String, String> labels) {
        return new Layer(id, "layer-" + id, LayerType.BLOB.word(), labels, dir.resolve(Long.toString(id)));
    }
}
