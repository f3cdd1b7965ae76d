package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The snapshotter is killed over and over while eight callers prepare, commit and remove: what was answered is there at
 * the next start, and nothing else is. {@code -De2e.snapshotterKills=N} says how often.
 */
@Tag("e2e")
@Tag("snapconf")
class SnapshotterKillTest {
    private static final int KILLS =
            Integer.getInteger("e2e.snapshotterKills", Boolean.getBoolean("e2e.long") ? 100 : 5);
    private static final int MOST_LINES = 600;
    private static final Duration LIMIT = Duration.ofMinutes(4);

    private Path directory;
    private Path journal;
    private Snapconf snapconf;
    private Snapshotter snapshotter;

    @BeforeEach
    void theSnapshotterRunsWithoutABackend() throws Exception {
        directory = TestEnvironment.directory(SnapshotterKillTest.class);
        journal = directory.resolve("journal");
        snapconf = Snapconf.build(directory, LIMIT);
        snapshotter = new Snapshotter(directory, TestEnvironment.installation(), Map.of());
        snapshotter.configure(directory.resolve("no-backend.sock"), Map.of());
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        snapshotter.close();
        new Leftovers(directory).sweep();
    }

    @Test
    void whatWasAnsweredIsThereAfterAKill() throws Exception {
        Random random = new Random(1);
        for (int kill = 0; kill < KILLS; kill++) {
            snapshotter.start();
            long wanted = lines() + 1 + random.nextInt(MOST_LINES);
            try (Daemon churn = snapconf.start(snapshotter, "-churn", journal.toString())) {
                Await.until("calls to be made", LIMIT, () -> lines() >= wanted);
                snapshotter.kill();
                assertThat(churn.awaitEnd(LIMIT)).as("the end of the callers").isZero();
            }
            snapshotter.start();
            Run check = snapconf.run(snapshotter, "-check", journal.toString()).orFail();
            System.out.print("killed " + (kill + 1) + " times: " + check.out());
            snapshotter.stop();
        }
    }

    private long lines() throws IOException {
        return Files.exists(journal) ? Files.readAllLines(journal).size() : 0;
    }
}
