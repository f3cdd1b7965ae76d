package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metadata database on a file system of 1 MiB. */
class DiskFullTest {
    private static final String FULL = "database or disk is full";
    private static final int LARGE = 4 << 20;

    @TempDir
    Path dir;

    private final Mounts mounts = new Mounts();
    private MetadataWriter writer;

    @BeforeEach
    void open() throws IOException, SQLException {
        assumeTrue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0, "needs root to mount");
        mounts.mount("tmpfs", dir.toRealPath(), "tmpfs", List.of("size=1m"));
        writer = MetadataWriter.start(dir.resolve("metadata.sqlite"), WriteAheadLog::open);
        writer.run(session -> session.update("CREATE TABLE notes (text)"));
    }

    @AfterEach
    void close() throws IOException {
        if (writer != null) {
            writer.close();
            mounts.unmount(dir.toRealPath());
        }
    }

    @Test
    void callsWorkAgainWhenThereIsRoomAgain() throws IOException {
        note("before");
        Path filler = fill();
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThatThrownBy(() -> note("full")).hasMessageContaining(FULL);
        }
        Files.delete(filler);
        note("after");
        assertThat(notes()).containsExactly("before", "after");
    }

    @Test
    void aCallThatIsTooLargeFailsAloneAndSaysWhy() throws IOException {
        for (int attempt = 0; attempt < 3; attempt++) {
            note("before " + attempt);
            assertThatThrownBy(() -> note("x".repeat(LARGE))).hasMessageContaining(FULL);
        }
        assertThat(notes()).containsExactly("before 0", "before 1", "before 2");
    }

    @Test
    void callsOfOneGroupWorkAgainToo() throws IOException, InterruptedException, ExecutionException {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 10; round++) {
                List<Future<?>> large = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    large.add(callers.submit(() -> {
                        note("x".repeat(LARGE));
                        return null;
                    }));
                }
                for (Future<?> call : large) {
                    assertThatThrownBy(call::get).hasMessageContaining(FULL);
                }
                String text = "round " + round;
                callers.submit(() -> {
                            note(text);
                            return null;
                        })
                        .get();
            }
        }
        assertThat(notes()).hasSize(10);
    }

    @Test
    void aStoreThatHasNoRoomForItsLogNamesIt() {
        Path database = dir.resolve("another.sqlite");

        assertThatThrownBy(() -> MetadataStore.open(database).close())
                .hasMessageContaining(database + "-wal, which gets ")
                .hasMessageEndingWith("No space left on device");
    }

    /** Takes all the room there is. */
    private Path fill() throws IOException {
        Path filler = dir.resolve("filler");
        byte[] page = new byte[4096];
        try (var out = Files.newOutputStream(filler)) {
            while (dir.toFile().getUsableSpace() > 0) {
                out.write(page);
            }
        }
        return filler;
    }

    private void note(String text) throws IOException {
        writer.run(session -> session.update("INSERT INTO notes VALUES (?)", text));
    }

    private List<String> notes() throws IOException {
        return writer.run(session -> session.query("SELECT text FROM notes", row -> row.getString(1)));
    }
}
