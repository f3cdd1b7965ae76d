package io.obd.tcmu.download;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** One download into a directory at a time: images share layers. */
final class DirectoryLocks {
    private final ConcurrentHashMap<Path, ReentrantLock> locks = new ConcurrentHashMap<>();

    interface Action {
        boolean run() throws IOException, InterruptedException;
    }

    /** Runs an action that has the directory for itself. */
    boolean with(Path directory, Action action) throws IOException, InterruptedException {
        ReentrantLock lock = locks.computeIfAbsent(directory.toAbsolutePath(), _ -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            return action.run();
        } finally {
            lock.unlock();
        }
    }
}
