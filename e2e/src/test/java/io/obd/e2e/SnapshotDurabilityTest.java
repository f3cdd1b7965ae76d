package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the snapshotter asks of the disk, in which order, as strace(1) sees it. */
@Tag("e2e")
@Tag("snapconf")
class SnapshotDurabilityTest {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    /** {@code PID call(…) = 0}, or one of its two halves. */
    private static final Pattern LINE = Pattern.compile("(\\d+) +(?:(\\w+)\\(|<\\.\\.\\. (\\w+) resumed>)(.*)");

    private Path directory;
    private Snapconf snapconf;
    private Snapshotter snapshotter;

    @BeforeEach
    void theSnapshotterRunsWithoutABackend() throws Exception {
        directory = TestEnvironment.directory(SnapshotDurabilityTest.class);
        snapconf = Snapconf.build(directory, LIMIT);
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
    void directoriesReachTheDiskBeforeTheRecordsThatMakeThemCount() throws Exception {
        Path trace = directory.resolve("trace");
        String pid = Long.toString(snapshotter.process().pid());
        List<String> command = List.of(
                "strace",
                "-f",
                "-y",
                "-e",
                "trace=?rename,?renameat,?renameat2,fsync,fdatasync",
                "-o",
                trace.toString(),
                "-p",
                pid);
        try (Daemon _ = Daemon.start("strace", directory, Map.of(), command)
                .awaitReady(() -> isTraced(Path.of("/proc", pid, "task")))) {
            snapconf.run(snapshotter, "-bench", "1", "-rounds", "1").orFail();
        }
        // R: a directory gets its id. S: directories are on disk. L: the log is on disk, and with it the record.
        // A layer is prepared and committed, a snapshot on it is prepared, both are removed; four times.
        assertThat(events(trace)).matches("L*(RL+SL+RL+){4}");
    }

    private static boolean isTraced(Path tasks) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                if (Files.readString(thread.resolve("status")).contains("TracerPid:\t0\n")) {
                    return false;
                }
            }
        } catch (NoSuchFileException e) {
            return false; // a thread has ended meanwhile: they are looked at again
        }
        return true;
    }

    /** What was done, in the order in which it came to its end. */
    private String events(Path trace) throws IOException {
        String snapshots = snapshotter.root().resolve("snapshots").toString();
        StringBuilder events = new StringBuilder();
        Map<String, String> unfinished = new HashMap<>();
        for (String line : Files.readAllLines(trace)) {
            Matcher call = LINE.matcher(line);
            if (!call.matches()) {
                continue; // a signal, or the end of a thread
            }
            String begin = call.group(2) == null ? unfinished.remove(call.group(1)) : line;
            if (begin == null) {
                throw new IOException(trace + ": what is it that ends here? " + line);
            }
            if (line.endsWith("<unfinished ...>")) {
                unfinished.put(call.group(1), line);
            } else if (begin.contains("rename") && begin.contains("/new-")) {
                events.append('R');
            } else if (begin.contains("sync(") && begin.contains("<" + snapshots + ">")) {
                events.append('S');
            } else if (begin.contains("sync(") && begin.contains("metadata.sqlite-wal>")) {
                events.append('L');
            }
        }
        return events.toString();
    }
}
