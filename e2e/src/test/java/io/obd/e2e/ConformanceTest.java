package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The snapshotter alone, held against containerd's own checks. */
@Tag("e2e")
@Tag("snapconf")
class ConformanceTest {
    private static final Duration LIMIT = Duration.ofMinutes(8);

    private Path directory;
    private Snapshotter snapshotter;

    @BeforeEach
    void theSnapshotterRunsWithoutABackend() throws Exception {
        directory = TestEnvironment.directory(ConformanceTest.class);
        snapshotter = new Snapshotter(directory, TestEnvironment.installation(), Map.of());
        snapshotter.configure(directory.resolve("no-backend.sock"), Map.of());
        snapshotter.start();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        snapshotter.close();
        new Leftovers(directory).sweep();
    }

    @Test
    void theConformanceProgramFindsNothing() throws Exception {
        Run run = Snapconf.build(directory, LIMIT).run(snapshotter, "-clean", "-obd");

        System.out.println(run.out());
        assertThat(run.orFail().out()).doesNotContain("FAIL");
    }
}
