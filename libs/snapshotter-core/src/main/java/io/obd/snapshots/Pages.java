package io.obd.snapshots;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/** Walks over all snapshots in pages. Writers do not wait for it. */
final class Pages {
    private static final int SIZE = 100;

    private final MetadataStore store;

    Pages(MetadataStore store) {
        this.store = store;
    }

    /** Hands out those that are wanted, at most 100 at a time, in the order of their ids. */
    void forEach(Predicate<Snapshot> wanted, Snapshotter.PageConsumer consumer) throws IOException {
        List<Snapshot> matching = new ArrayList<>(SIZE);
        Iterator<Snapshot> all = store.all();
        while (all.hasNext()) {
            Snapshot snapshot = all.next();
            if (wanted.test(snapshot)) {
                matching.add(snapshot);
            }
            if (matching.size() == SIZE) {
                consumer.accept(List.copyOf(matching));
                matching.clear();
            }
        }
        if (!matching.isEmpty()) {
            consumer.accept(List.copyOf(matching));
        }
    }
}
