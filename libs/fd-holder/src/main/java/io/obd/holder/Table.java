package io.obd.holder;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.RawFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that is held, in the order it came. */
final class Table {
    /** All keys and values together, in bytes: some thousand devices, and far below the heap's limit. */
    private static final int LIMIT = 2 << 20;

    private final Map<String, Held> entries = new LinkedHashMap<>();
    private int size;

    synchronized void hold(Held held) throws ErrnoException {
        int now = size - size(entries.get(held.key())) + size(held);
        if (now > LIMIT) {
            close(held);
            throw new ErrnoException("hold " + held.key(), Errno.ENOSPC, "the holder keeps " + LIMIT + " bytes");
        }
        size = now;
        Held before = entries.put(held.key(), held);
        if (before != null) {
            close(before);
        }
    }

    synchronized void release(String key) throws ErrnoException {
        Held held = entries.remove(key);
        if (held != null) {
            size -= size(held);
            close(held);
        }
    }

    synchronized List<Held> list() {
        return new ArrayList<>(entries.values());
    }

    synchronized boolean isEmpty() {
        return entries.isEmpty();
    }

    private static int size(@Nullable Held held) {
        return held == null ? 0 : held.key().length() + held.value().length;
    }

    private static void close(Held held) throws ErrnoException {
        for (RawFile descriptor : held.descriptors()) {
            descriptor.close();
        }
    }
}
