package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.lsmt.WritableLayer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreateTest {
    @TempDir
    private Path dir;

    @Test
    void aNewLayerHasTheSizeThatWasAskedFor() throws Exception {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");

        Tool create = Tool.run("create", data, index, 1);

        assertThat(create).isEqualTo(new Tool(0, "overlaybd-create has created files SUCCESSFULLY\n", ""));
        try (WritableLayer layer = WritableLayer.open(data, index)) {
            assertThat(layer.virtualSize()).isEqualTo(1L << 30);
        }
    }
}
