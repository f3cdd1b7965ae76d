package io.obd.nydusd.data;

import io.obd.rafs.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The content of the chunks of an image that were read last, in memory. Many threads read at once. */
final class RecentChunks {
    private final long most;
    private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** @param most bytes of content that are kept */
    RecentChunks(long most) {
        this.most = most;
    }

    /** Brings the content of a chunk that is not here. */
    @FunctionalInterface
    interface Loader {
        byte[] load(Chunk chunk) throws IOException;
    }

    private record Key(int blob, int chunk) {
        static Key of(Chunk chunk) {
            return new Key(chunk.blob(), chunk.index());
        }
    }

    /** A chunk in memory, or on its way there: who wants it meanwhile waits at the lock. */
    private static final class Entry {
        private final ReentrantLock lock = new ReentrantLock();
        private byte @Nullable [] content;

        /** Bytes of the content that are counted; guarded by the entries. */
        private int counted;
    }

    /**
     * Fills {@code dst} with a part of a chunk if that is here, or on its way.
     *
     * @param from first byte within the content of the chunk
     * @return false if it is not here: nothing was put into {@code dst}
     */
    boolean read(Chunk chunk, int from, ByteBuffer dst) {
        Entry entry;
        synchronized (entries) {
            entry = entries.get(Key.of(chunk));
        }
        if (entry == null) {
            return false;
        }
        entry.lock.lock();
        try {
            if (entry.content == null) {
                return false; // it could not be had
            }
            dst.put(entry.content, from, dst.remaining());
            return true;
        } finally {
            entry.lock.unlock();
        }
    }

    /**
     * Fills {@code dst} with a part of a chunk, which is loaded by one reader however many want it.
     *
     * @param from first byte within the content of the chunk
     * @return whether it was here
     * @throws IOException if it cannot be loaded
     */
    boolean read(Chunk chunk, int from, ByteBuffer dst, Loader loader) throws IOException {
        Key key = Key.of(chunk);
        Entry entry;
        synchronized (entries) {
            entry = entries.computeIfAbsent(key, _ -> new Entry());
        }
        entry.lock.lock();
        try {
            byte[] content = entry.content;
            boolean isHere = content != null;
            if (content == null) {
                content = load(key, entry, chunk, loader);
            }
            dst.put(content, from, dst.remaining());
            return isHere;
        } finally {
            entry.lock.unlock();
        }
    }

    private byte[] load(Key key, Entry entry, Chunk chunk, Loader loader) throws IOException {
        boolean isLoaded = false;
        try {
            byte[] content = loader.load(chunk);
            entry.content = content;
            isLoaded = true;
            count(key, entry, content.length);
            return content;
        } finally {
            if (!isLoaded) {
                synchronized (entries) {
                    entries.remove(key, entry);
                }
            }
        }
    }

    /** Keeps content that somebody has. */
    void put(Chunk chunk, ByteBuffer content) {
        Key key = Key.of(chunk);
        byte[] copy = new byte[content.remaining()];
        content.get(content.position(), copy);
        Entry entry = new Entry();
        entry.content = copy;
        synchronized (entries) {
            if (entries.putIfAbsent(key, entry) == null) {
                count(key, entry, copy.length);
            }
        }
    }

    /** What is on its way counts when it is here, and only if its place was not taken meanwhile. */
    private void count(Key key, Entry entry, int length) {
        synchronized (entries) {
            if (entries.get(key) != entry) {
                return;
            }
            bytes += length;
            entry.counted = length;
            Iterator<Entry> eldest = entries.values().iterator();
            while (bytes > most && eldest.hasNext()) {
                Entry other = eldest.next();
                if (other != entry && other.counted > 0) {
                    bytes -= other.counted;
                    eldest.remove();
                }
            }
        }
    }

    void clear() {
        synchronized (entries) {
            entries.clear();
            bytes = 0;
        }
    }
}
