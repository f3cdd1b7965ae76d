package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetadataWriterTest {
    private static final int LIMIT_SECONDS = 60;

    @TempDir
    Path dir;

    /** Of virtual threads, which leave what they want written to the thread that is kept for it. */
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    private MetadataWriter writer;

    @BeforeEach
    void open() throws Exception {
        writer = MetadataWriter.start(dir.resolve("metadata.sqlite"), WriteAheadLog::open);
        writer.run(session -> session.update("CREATE TABLE notes (text UNIQUE)"));
    }

    @AfterEach
    void close() throws Exception {
        callers.shutdownNow();
        writer.close();
    }

    @Test
    void whoCannotTakeItsResultIsToldAndNobodyElseIsHeldUp() throws Exception {
        Future<Integer> broken = callers.submit(
                () -> writer.run(session -> session.update("INSERT INTO notes VALUES ('one')"), result -> {
                    throw new StackOverflowError("far down");
                }));
        assertThatThrownBy(() -> broken.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasCauseInstanceOf(StackOverflowError.class);

        note("two");

        assertThat(notes()).containsExactly("one", "two");
    }

    @Test
    void aStatementThatFailedCanBeRunAgain() throws Exception {
        note("one");
        assertThatThrownBy(() -> note("one")).hasMessageContaining("UNIQUE");

        note("two");

        assertThat(notes()).containsExactly("one", "two");
    }

    @Test
    void whatFailsWhileARowIsReadHoldsNothingUp() throws Exception {
        note("one");
        Callable<List<String>> fails = () -> writer.run(session -> session.query("SELECT text FROM notes", row -> {
            throw new IllegalStateException("cannot read it");
        }));
        assertThatThrownBy(() -> callers.submit(fails).get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasMessageContaining("cannot read it");

        note("two");

        assertThat(notes()).containsExactly("one", "two");
    }

    @Test
    void nothingIsChangedAnyMoreAfterALogThatCouldNotBeSynced() throws Exception {
        Path database = dir.resolve("failing.sqlite");
        List<WriteAheadLog> logs = new ArrayList<>();
        MetadataWriter failing = MetadataWriter.start(database, file -> {
            logs.add(WriteAheadLog.open(file));
            return logs.getFirst();
        });
        failing.run(session -> session.update("CREATE TABLE notes (text)"));
        logs.getFirst().close();

        for (String text : List.of("one", "two")) {
            assertThatThrownBy(() -> failing.run(session -> session.update("INSERT INTO notes VALUES (?)", text)))
                    .hasMessageStartingWith(database + "-wal did not reach the disk: ")
                    .hasMessageEndingWith("see to the disk, then restart this program");
        }

        assertThatThrownBy(failing::close).hasMessageContaining("did not reach the disk");
        assertThat(Path.of(database + "-wal")).isNotEmptyFile(); // it is not copied into the database
        try (MetadataWriter next = MetadataWriter.start(database, WriteAheadLog::open)) {
            assertThat(notes(next)).containsExactly("one"); // whoever made it was told that it is uncertain
        }
    }

    @Test
    void aCallerThatIsInterruptedCostsTheOthersNothing() throws Exception {
        Thread.currentThread().interrupt();
        writer.run(session -> session.update("INSERT INTO notes VALUES ('one')"));
        assertThat(Thread.interrupted()).isTrue();

        note("two");

        assertThat(notes()).containsExactly("one", "two");
    }

    @Test
    void closingItAgainChangesNothing() throws Exception {
        writer.close();

        callers.submit(() -> {
                    writer.close();
                    return null;
                })
                .get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private void note(String text) throws Exception {
        callers.submit(() -> writer.run(session -> session.update("INSERT INTO notes VALUES (?)", text)))
                .get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private List<String> notes() throws Exception {
        return notes(writer);
    }

    private static List<String> notes(MetadataWriter writer) throws Exception {
        return writer.run(session -> session.query("SELECT text FROM notes ORDER BY text", row -> row.getString(1)));
    }
}
