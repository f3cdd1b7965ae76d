package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgramsTest {
    @Test
    void aFailureTellsWhatTheProgramWrote() {
        assertThatThrownBy(() -> run(Duration.ofSeconds(30), "echo no; echo space >&2; exit 3"))
                .hasMessageContaining("failed with status 3: no\nspace");
    }

    @Test
    void howAProgramIsCalledIsNoReason() {
        assertThatThrownBy(() -> run(Duration.ofSeconds(30), "printf 'too small\\nUsage: mkfs\\n[-b size]\\n'; exit 1"))
                .hasMessageEndingWith("failed with status 1: too small");
    }

    @Test
    void ofALongOutputTheEndIsKept() {
        assertThatThrownBy(() -> run(Duration.ofSeconds(30), "seq 100000; echo why >&2; exit 1"))
                .hasMessageEndingWith("100000\nwhy")
                .message()
                .hasSizeLessThan(5000);
    }

    @Test
    void aProgramThatDoesNotEndIsEnded() {
        assertThatThrownBy(() -> run(Duration.ofMillis(300), "sleep 600"))
                .hasMessageContaining("sleep 600 did not end within");
    }

    @Test
    void aProgramThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> new Programs(Duration.ofSeconds(1)).run(List.of("/no/such/program")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/no/such/program");
    }

    private static void run(Duration limit, String script) throws IOException {
        new Programs(limit).run(List.of("sh", "-c", script));
    }
}
