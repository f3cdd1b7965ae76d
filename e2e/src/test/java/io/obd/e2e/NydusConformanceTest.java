package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The nydus snapshotter alone, held against containerd's own checks. */
@Tag("e2e")
@Tag("snapconf")
class NydusConformanceTest {
    private static final Duration LIMIT = Duration.ofMinutes(8);

    private Path directory;
    private NydusSnapshotter snapshotter;

    @BeforeEach
    void theSnapshotterRuns() throws Exception {
        directory = TestEnvironment.directory(NydusConformanceTest.class);
        snapshotter = new NydusSnapshotter(
                directory.resolve("n"),
                TestEnvironment.installation(),
                Map.of("JAVA_HOME", System.getProperty("java.home")));
        snapshotter.configure("dedicated", "restart", directory.resolve("no-authority"));
        snapshotter.start();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        snapshotter.close();
        new Leftovers(directory).sweep();
    }

    @Test
    void theConformanceProgramFindsNothing() throws Exception {
        Run run = Snapconf.build(directory, LIMIT).run(snapshotter.socket(), snapshotter.root(), "-clean");

        System.out.println(run.out());
        assertThat(run.orFail().out()).doesNotContain("FAIL");
    }
}
