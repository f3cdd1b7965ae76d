package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * All changes of the metadata database, one transaction at a time. SQLite's calls block in the disk, so they are made on
 * platform threads: by the caller itself if it is one and nobody else has anything to write, which saves two switches of
 * threads, or else by the thread that is kept for this.
 *
 * <p>That thread commits in groups: what has queued up while the disk was busy becomes one transaction, each piece of
 * work in a savepoint of its own, and all callers go on when it is durable. A caller never holds the transaction.
 */
final class MetadataWriter implements AutoCloseable {
    /** Work on the database; what it changed is undone if it fails. */
    interface Work<T> {
        T run(Session session) throws SQLException, IOException;
    }

    private static final int GROUP_LIMIT = 64;

    private final Path file;
    private final BlockingQueue<Task<?>> queue = new LinkedBlockingQueue<>();

    /** Callers that queue up or are in the group that is being committed. */
    private final AtomicInteger waiting = new AtomicInteger();

    private final Lock turn = new ReentrantLock();
    private final Session session;
    private final WriteAheadLog log;
    private final Thread thread;

    private MetadataWriter(Path file, Session session, WriteAheadLog log) {
        this.file = file;
        this.session = session;
        this.log = log;
        this.thread = Thread.ofPlatform().name("metadata-writer").daemon().unstarted(this::serve);
    }

    /** How the log of an open database is opened. */
    interface LogOpener {
        WriteAheadLog open(Path database) throws IOException;
    }

    static MetadataWriter start(Path file, LogOpener logs) throws SQLException, IOException {
        Session session = Session.open(file);
        try {
            MetadataWriter started = new MetadataWriter(file, session, logs.open(file));
            started.thread.start();
            return started;
        } catch (IOException e) {
            session.close();
            throw e;
        }
    }

    /** Gives the log its full length, so that commits need not wait for more than its data. */
    void reserveLog() throws IOException {
        log.reserve();
    }

    /** Runs the work and waits until what it did is durable. */
    <T> T run(Work<T> work) throws IOException {
        return run(work, result -> {});
    }

    /**
     * Runs the work and waits until what it did is durable.
     *
     * @param committed is given the result then, in the order of the changes, by one thread at a time
     */
    <T> T run(Work<T> work, Consumer<T> committed) throws IOException {
        Task<T> task = new Task<>(work, committed);
        if (!Thread.currentThread().isVirtual() && waiting.get() == 0 && turn.tryLock()) {
            try {
                commitTogether(List.of(task));
            } finally {
                turn.unlock();
            }
        } else {
            waiting.incrementAndGet();
            queue.add(task);
        }
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
            turn.lock();
            try {
                queue.drainTo(group, GROUP_LIMIT - 1);
                open = group.stream().noneMatch(task -> task.last);
                commitTogether(group);
            } finally {
                turn.unlock();
                waiting.addAndGet(-group.size());
                group.clear();
            }
        }
    }

    private void commitTogether(List<Task<?>> group) {
        try {
            log.requireSound();
            session.run("BEGIN IMMEDIATE");
            boolean committed = true;
            if (group.size() == 1) {
                committed = group.getFirst().runAlone();
            } else {
                for (Task<?> task : group) {
                    task.runInSavepoint();
                }
                session.run("COMMIT");
            }
            if (committed) {
                log.sync();
            }
        } catch (SQLException e) {
            group.forEach(task -> task.fail(failure(e)));
            rollBack();
        } catch (LogLostException e) {
            group.forEach(task -> task.fail(e));
        } catch (RuntimeException | Error e) { // the edge of the thread, which has to go on: others wait for it
            group.forEach(task -> task.fail(e));
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
        if (!thread.isAlive()) {
            return; // nobody would take what is put into the queue
        }
        Task<Boolean> last = new Task<>(ignored -> true, ignored -> {});
        last.last = true;
        queue.add(last);
        // After a sync that failed the database stays open: closing it would copy the lost log into it, and delete it.
        Futures.await(last.answer);
        try (log;
                session) {
            thread.join();
        } catch (SQLException e) {
            throw failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Task<T> {
        private final Work<T> work;
        private final Consumer<T> committed;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private boolean last;
        private Runnable outcome = () -> {};

        Task(Work<T> work, Consumer<T> committed) {
            this.work = work;
            this.committed = committed;
        }

        /** The transaction is for nobody else: it ends with this. Returns whether it was committed. */
        boolean runAlone() throws SQLException {
            try {
                work();
                session.run("COMMIT");
                return true;
            } catch (IOException e) {
                rollBack();
                fail(e);
                return false;
            }
        }

        void runInSavepoint() throws SQLException {
            session.run("SAVEPOINT task");
            try {
                work();
            } catch (SQLException | IOException | RuntimeException | Error e) {
                undo(e);
                fail(e instanceof SQLException sql ? failure(sql) : e);
            }
            session.run("RELEASE task");
        }

        private void work() throws SQLException, IOException {
            T result = work.run(session);
            outcome = () -> {
                committed.accept(result);
                answer.complete(result);
            };
        }

        /** Throws the failure if the transaction is gone with it, as on a full disk. */
        private void undo(Throwable failure) throws SQLException {
            if (!(failure instanceof SQLException cause)) {
                session.run("ROLLBACK TO task");
                return;
            }
            try {
                session.run("ROLLBACK TO task");
            } catch (SQLException e) {
                cause.addSuppressed(e);
                throw cause;
            }
        }

        void fail(Throwable e) {
            outcome = () -> answer.completeExceptionally(e);
        }

        /** Only now may the caller go on. The others of the group have to be answered, whatever becomes of this one. */
        void answer() {
            try {
                outcome.run();
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        }
    }
}
