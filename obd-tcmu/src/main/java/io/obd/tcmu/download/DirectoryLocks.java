package io.obd.tcmu.download;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** One download into a directory at a time: images share layers. */
final class DirectoryLocks {
    private final ConcurrentHashMap<Path, Turns> directories = new ConcurrentHashMap<>();

    interface Action {
        boolean run() throws IOException, InterruptedException;
    }

    /** Kept while somebody has the directory or waits for it. */
    private static final class Turns {
        final ReentrantLock lock = new ReentrantLock();
        int takers;
    }

    /** Runs an action that has the directory for itself. */
    boolean with(Path directory, Action action) throws IOException, InterruptedException {
        Path key = directory.toAbsolutePath();
        Turns turns = directories.compute(key, (_, known) -> {
            Turns taken = known == null ? new Turns() : known;
            taken.takers++;
            return taken;
        });
        try {
            turns.lock.lockInterruptibly();
            try {
                return action.run();
            } finally {
                turns.lock.unlock();
            }
        } finally {
            directories.compute(key, (_, _) -> --turns.takers == 0 ? null : turns);
        }
    }

    /** Directories that somebody has or waits for; for tests. */
    int size() {
        return directories.size();
    }
}
