package io.obd.nydusd;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The errors of late, as the API lists them. */
final class Events {
    private static final int MOST = 500;
    private static final int MOST_BYTES = 50 * 1024;

    private final Deque<String> errors = new ArrayDeque<>();
    private long total;
    private int bytes;

    synchronized void add(String error) {
        total++;
        errors.add(error);
        bytes += length(error);
        while (errors.size() > MOST || bytes > MOST_BYTES) {
            bytes -= length(errors.remove());
        }
    }

    private static int length(String error) {
        return error.getBytes(StandardCharsets.UTF_8).length;
    }

    synchronized Map<String, Object> list() {
        Map<String, Object> all = new TreeMap<>();
        all.put("max_errors", MOST);
        all.put("total_errors", total);
        all.put("max_size", MOST_BYTES);
        all.put("total_size", bytes);
        all.put("errors", List.copyOf(errors));
        return all;
    }
}
