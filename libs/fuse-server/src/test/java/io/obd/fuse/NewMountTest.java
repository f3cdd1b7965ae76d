package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.linux.ErrnoException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewMountTest {
    @TempDir
    private Path directory;

    @Test
    void whereThereIsNoDeviceItIsSaidWhatIsNeeded() {
        Path device = directory.resolve("fuse");

        assertThatThrownBy(() -> NewMount.device(device))
                .isInstanceOf(ErrnoException.class)
                .hasMessageStartingWith("open " + device + ": ENOENT")
                .hasMessageContaining("modprobe fuse");
    }

    @Test
    void whatHasAnotherReasonStaysAsItIs() {
        assertThatThrownBy(() -> NewMount.device(directory))
                .hasMessageContaining("EISDIR")
                .hasMessageNotContaining("modprobe");
    }
}
