package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class SnapshotterProgramTest {
    @Test
    void whatIsWrongWithAFileIsSaidInWords() {
        assertThat(SnapshotterProgram.describe(new NoSuchFileException("/a")))
                .isEqualTo("/a: no such file or directory");
        assertThat(SnapshotterProgram.describe(new AccessDeniedException("/a"))).isEqualTo("/a: permission denied");
        assertThat(SnapshotterProgram.describe(new FileSystemException("/a", null, "No space left on device")))
                .isEqualTo("/a: No space left on device");
        assertThat(SnapshotterProgram.describe(new DirectoryNotEmptyException("/a")))
                .isEqualTo("/a: DirectoryNotEmptyException");
        assertThat(SnapshotterProgram.describe(new IOException("why"))).isEqualTo("why");
    }
}
