package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * One session and the platform thread that works on it, since SQLite's calls block in the disk.
 *
 * <p>The writer commits in groups: what has queued up while the disk was busy becomes one transaction, each piece of
 * work in a savepoint of its own, and all callers go on when it is durable. A caller never holds the transaction.
 */
final class DatabaseThread implements AutoCloseable {
    /** Work on the database; what it changed is undone if it fails. */
    interface Work<T> {
        T run(Session session) throws SQLException, IOException;
    }

    private static final int GROUP_LIMIT = 64;

    private final Path file;
    private final boolean writer;
    private final BlockingQueue<Task<?>> queue = new LinkedBlockingQueue<>();
    private final Session session;
    private final Thread thread;

    private DatabaseThread(Path file, boolean writer, Session session) {
        this.file = file;
        this.writer = writer;
        this.session = session;
        this.thread = Thread.ofPlatform()
                .name(writer ? "metadata-writer" : "metadata-reader")
                .daemon()
                .unstarted(this::serve);
    }

    static DatabaseThread writer(Path file) throws SQLException {
        return start(file, true);
    }

    static DatabaseThread reader(Path file) throws SQLException {
        return start(file, false);
    }

    private static DatabaseThread start(Path file, boolean writer) throws SQLException {
        DatabaseThread started = new DatabaseThread(file, writer, Session.open(file));
        started.thread.start();
        return started;
    }

    /** Runs the work and waits until it is done; a writer's is durable then. */
    <T> T run(Work<T> work) throws IOException {
        Task<T> task = new Task<>(work);
        queue.add(task);
        return Futures.await(task.answer);
    }

    private void serve() {
        List<Task<?>> group = new ArrayList<>();
        boolean open = true;
        while (open) {
            try {
                group.add(queue.take());
            } catch (InterruptedException e) {
                return; // nobody interrupts this thread but a virtual machine that ends
            }
            queue.drainTo(group, GROUP_LIMIT - 1);
            open = group.stream().noneMatch(task -> task.last);
            if (writer) {
                commitTogether(group);
            } else {
                group.forEach(Task::runAlone);
                group.forEach(Task::answer);
            }
            group.clear();
        }
    }

    private void commitTogether(List<Task<?>> group) {
        try {
            session.execute("BEGIN IMMEDIATE");
            for (Task<?> task : group) {
                task.runInSavepoint();
            }
            session.execute("COMMIT");
        } catch (SQLException e) {
            group.forEach(task -> task.fail(failure(e)));
            rollBack();
        }
        group.forEach(Task::answer);
    }

    private void rollBack() {
        try {
            session.execute("ROLLBACK");
        } catch (SQLException e) {
            // There is none: SQLite itself rolls back on a full disk and on I/O errors.
            return;
        }
    }

    private IOException failure(SQLException e) {
        return new IOException("metadata database " + file + ": " + e.getMessage(), e);
    }

    @Override
    public void close() throws IOException {
        Task<Boolean> last = new Task<>(ignored -> true);
        last.last = true;
        queue.add(last);
        Futures.await(last.answer);
        try {
            thread.join();
            session.close();
        } catch (SQLException e) {
            throw failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Task<T> {
        private final Work<T> work;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private boolean last;
        private Runnable outcome = () -> {};

        Task(Work<T> work) {
            this.work = work;
        }

        void runAlone() {
            try {
                T result = work.run(session);
                outcome = () -> answer.complete(result);
            } catch (SQLException e) {
                fail(failure(e));
            } catch (IOException | RuntimeException | Error e) {
                fail(e);
            }
        }

        void runInSavepoint() throws SQLException {
            session.execute("SAVEPOINT task");
            try {
                T result = work.run(session);
                outcome = () -> answer.complete(result);
            } catch (SQLException | IOException | RuntimeException | Error e) {
                session.execute("ROLLBACK TO task");
                fail(e instanceof SQLException sql ? failure(sql) : e);
            }
            session.execute("RELEASE task");
        }

        void fail(Throwable e) {
            outcome = () -> answer.completeExceptionally(e);
        }

        /** Only now may the caller go on. */
        void answer() {
            outcome.run();
        }
    }
}
