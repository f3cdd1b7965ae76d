package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class SnapshotterProgramTest {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotterProgramTest.class);

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

    @Test
    void aStepOfTheEndThatFailsKeepsNoOtherFromBeingDone() {
        List<String> done = new ArrayList<>();
        SnapshotterProgram.Step first = () -> {
            throw new IOException("no");
        };
        SnapshotterProgram.Step second = () -> {
            throw new IllegalStateException("never");
        };
        SnapshotterProgram.Step last = () -> done.add("last");

        assertThat(SnapshotterProgram.runAll(List.of(first, second, last), LOG)).isFalse();
        assertThat(done).containsExactly("last");
        assertThat(SnapshotterProgram.runAll(List.of(last), LOG)).isTrue();
    }
}
