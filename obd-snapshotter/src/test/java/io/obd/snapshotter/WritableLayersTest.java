package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.FileBlob;
import io.obd.lsmt.Layer;
import io.obd.lsmt.WritableLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sealing begun and not finished, with real layers and no tools. */
class WritableLayersTest {
    @TempDir
    Path dir;

    private UpperFiles files;
    private Path sealed;
    private WritableLayers layers;

    @BeforeEach
    void aWritableLayer() throws IOException {
        files = new UpperFiles(dir.resolve("writable_data"), dir.resolve("writable_index"));
        sealed = Files.createDirectory(dir.resolve("fs")).resolve("overlaybd.sealed");
        layers = new WritableLayers(dir.resolve("no-tools"), new Programs(Duration.ofSeconds(5)), false);
        WritableLayer.create(WritableLayer.Kind.LOG, files.data(), files.index(), 1 << 20, new UUID(0, 0))
                .close();
    }

    @Test
    void whatIsSealedAlreadyIsOnlyMoved() throws IOException {
        try (WritableLayer layer = WritableLayer.open(files.data(), files.index())) {
            layer.seal();
        }
        layers.seal(files, sealed);
        layers.seal(files, sealed); // and once more
        try (FileBlob file = FileBlob.open(sealed);
                Layer layer = Layer.open(file)) {
            assertThat(layer.virtualSize()).isEqualTo(1 << 20);
        }
        assertThat(files.data()).doesNotExist();
        assertThat(files.index()).doesNotExist();
    }

    @Test
    void whatIsNotSealedYetIsSealed() {
        assertThatThrownBy(() -> layers.seal(files, sealed)).hasMessageContaining("no-tools/overlaybd-commit");
        assertThat(files.data()).exists();
        assertThat(files.index()).exists();
        assertThat(sealed).doesNotExist();
    }
}
