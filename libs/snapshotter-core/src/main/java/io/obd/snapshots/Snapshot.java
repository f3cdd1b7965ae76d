package io.obd.snapshots;

import java.time.Instant;
import java.util.Map;

/**
 * What is known about a snapshot.
 *
 * @param id number of its directory; stays the same when it is committed and is never given again
 * @param name the key under which it was prepared, or the name under which it was committed
 * @param parent name of its parent, empty if it has none
 * @param layer what the {@link LayerProvider} made of it, {@link Layer#ORDINARY} for a plain directory
 * @param created when it was prepared or committed, whichever came last
 * @param updated when its labels were changed last
 */
public record Snapshot(
        long id,
        String name,
        String parent,
        Kind kind,
        String layer,
        Map<String, String> labels,
        Instant created,
        Instant updated) {
    public Snapshot {
        labels = Map.copyOf(labels);
    }

    /** Whether it lies on another one. */
    public boolean hasParent() {
        return !parent.isEmpty();
    }
}
