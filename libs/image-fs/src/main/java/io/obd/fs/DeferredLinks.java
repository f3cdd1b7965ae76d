package io.obd.fs;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.TarEntry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Hard links that came before their targets, by path. */
final class DeferredLinks {
    private final Map<List<ByteString>, TarEntry> links = new LinkedHashMap<>();

    void add(List<ByteString> path, TarEntry link) {
        links.put(path, link);
    }

    /** Drops a link whose path another entry takes. */
    void remove(List<ByteString> path) {
        links.remove(path);
    }

    boolean isEmpty() {
        return links.isEmpty();
    }

    int size() {
        return links.size();
    }

    /** A copy of what waits, in the order it came. */
    List<Map.Entry<List<ByteString>, TarEntry>> waiting() {
        return List.copyOf(links.entrySet());
    }
}
