package io.obd.tcmu;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/** One lock for each key that somebody holds or waits for. */
final class KeyedLocks {
    private static final class Entry {
        final ReentrantLock lock = new ReentrantLock();
        int users;
    }

    private final Map<String, Entry> entries = new HashMap<>();

    /** Waits until nobody else holds the key. */
    void lock(String key) {
        Entry entry;
        synchronized (entries) {
            entry = entries.computeIfAbsent(key, _ -> new Entry());
            entry.users++;
        }
        entry.lock.lock();
    }

    void unlock(String key) {
        synchronized (entries) {
            Entry entry = Objects.requireNonNull(entries.get(key), key);
            entry.lock.unlock();
            entry.users--;
            if (entry.users == 0) {
                entries.remove(key);
            }
        }
    }
}
