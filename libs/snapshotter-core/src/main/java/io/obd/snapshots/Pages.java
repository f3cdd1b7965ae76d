package io.obd.snapshots;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Walks over all snapshots in pages, so that neither the database nor memory is held for long. */
final class Pages {
    private static final int SIZE = 100;

    private final MetadataStore store;

    Pages(MetadataStore store) {
        this.store = store;
    }

    /** Hands out those that are wanted, at most 100 at a time, in the order of their ids. */
    void forEach(Predicate<Snapshot> wanted, Consumer<List<Snapshot>> consumer) throws IOException {
        List<Snapshot> matching = new ArrayList<>(SIZE);
        List<Snapshot> page = store.after(0, SIZE);
        while (!page.isEmpty()) {
            for (Snapshot snapshot : page) {
                if (wanted.test(snapshot)) {
                    matching.add(snapshot);
                }
                if (matching.size() == SIZE) {
                    consumer.accept(List.copyOf(matching));
                    matching.clear();
                }
            }
            page = store.after(page.getLast().id(), SIZE);
        }
        if (!matching.isEmpty()) {
            consumer.accept(List.copyOf(matching));
        }
    }
}
