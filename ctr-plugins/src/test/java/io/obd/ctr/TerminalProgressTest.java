package io.obd.ctr;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.ctr.pull.LayerResult;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.MediaTypes;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
    private static final Descriptor LAYER =
            Descriptor.of(MediaTypes.OCI_LAYER, new Digest("sha256", "a".repeat(64)), 2 << 20);

    @Test
    void settledLayersStandAboveTheMovingOnes() {
        StringWriter screen = new StringWriter();
        try (TerminalProgress progress = new TerminalProgress(new PrintWriter(screen))) {
            progress.layers(List.of(LAYER, LAYER));
            progress.received(1, 1 << 20);
            progress.finished(0, new LayerResult.Lazy());
        }

        assertThat(screen.toString())
                .contains("layer 1 of 2 sha256:aaaaaaaaaaaa: lazy, its 2.0 MiB stay in the registry\n"
                        + "layer 2 of 2 sha256:aaaaaaaaaaaa: downloading [###############               ]"
                        + " 1.0 MiB of 2.0 MiB\n")
                .endsWith("\033[A\r\033[J");
    }
}
