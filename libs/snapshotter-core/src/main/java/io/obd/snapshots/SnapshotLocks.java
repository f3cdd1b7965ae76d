package io.obd.snapshots;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongPredicate;
import java.util.stream.Stream;

/**
 * Keeps a snapshot from being removed while another call builds on it: such a call holds it shared, removal and commit hold
 * it alone. Calls on different snapshots never wait for each other.
 */
final class SnapshotLocks {
    private final ConcurrentMap<Long, Entry> entries = new ConcurrentHashMap<>();

    /** A snapshot held until closed, by the thread that took it. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /** Several at once: by descending ids, so that no two callers wait for each other. */
    Held shared(Collection<Long> ids) {
        return hold(ids.stream(), id -> false);
    }

    /** One alone, and others shared: in the same order. */
    Held alone(long id, Collection<Long> shared) {
        return hold(Stream.concat(Stream.of(id), shared.stream()), each -> each == id);
    }

    private Held hold(Stream<Long> ids, LongPredicate alone) {
        List<Held> held = ids.distinct()
                .sorted(Comparator.reverseOrder())
                .map(id -> alone.test(id) ? alone(id) : hold(id, enter(id).lock.readLock()))
                .toList();
        return () -> held.reversed().forEach(Held::close);
    }

    Held alone(long id) {
        return hold(id, enter(id).lock.writeLock());
    }

    private Held hold(long id, Lock lock) {
        lock.lock();
        return () -> {
            lock.unlock();
            leave(id);
        };
    }

    private Entry enter(long id) {
        return entries.compute(id, (key, entry) -> (entry == null ? new Entry(0) : entry).with(1));
    }

    private void leave(long id) {
        entries.computeIfPresent(id, (key, entry) -> entry.with(-1).users == 0 ? null : entry.with(-1));
    }

    private record Entry(int users, ReentrantReadWriteLock lock) {
        Entry(int users) {
            this(users, new ReentrantReadWriteLock());
        }

        Entry with(int more) {
            return new Entry(users + more, lock);
        }
    }
}
