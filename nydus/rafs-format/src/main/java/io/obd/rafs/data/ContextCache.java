package io.obd.rafs.data;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** Keeps what was decompressed last: the chunks of a context are mostly read one after the other. */
final class ContextCache {
    private static final int KEPT = 4;

    private final Map<Integer, Content> contents = new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Content> eldest) {
            return size() > KEPT;
        }
    };

    /** What decompresses a context. */
    interface Loader {
        byte[] load() throws IOException;
    }

    /** Content that is there, or under way: who wants it meanwhile waits at the lock. */
    private static final class Content {
        private final ReentrantLock lock = new ReentrantLock();
        private byte[] bytes = new byte[0];
    }

    byte[] get(int context, Loader loader) throws IOException {
        Content content;
        synchronized (contents) {
            content = contents.computeIfAbsent(context, _ -> new Content());
        }
        content.lock.lock();
        try {
            if (content.bytes.length == 0) {
                content.bytes = loader.load();
            }
            return content.bytes;
        } finally {
            content.lock.unlock();
        }
    }
}
