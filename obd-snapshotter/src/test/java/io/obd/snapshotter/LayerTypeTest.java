package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayerTypeTest {
    @Test
    void aSnapshotOfANewerVersionIsNamed() {
        Layer layer = new Layer(7, "image", "overlaybd-future", Map.of(), Path.of("/snapshots/7"));

        assertThatThrownBy(() -> LayerType.of(layer))
                .isInstanceOf(SnapshotException.class)
                .hasMessageContaining("snapshot 7 is a \"overlaybd-future\"");
    }
}
