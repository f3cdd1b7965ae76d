package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class SnapshotterProgramTest {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotterProgramTest.class);

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
