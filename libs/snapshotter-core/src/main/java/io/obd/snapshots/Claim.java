package io.obd.snapshots;

import java.util.Map;
import java.util.Set;

/** What a {@link LayerProvider} makes of a snapshot that is about to be prepared. */
public sealed interface Claim {
    /**
     * Nothing: a plain directory with overlay mounts.
     *
     * @param without labels of the request that mean nothing here and are not kept
     * @param quota bytes that may be written to it; 0 for no limit
     */
    record Ordinary(Set<String> without, long quota) implements Claim {
        public Ordinary() {
            this(Set.of(), 0);
        }
    }

    /** A snapshot of the provider's, which says how the caller sees it: {@link LayerProvider#show}. */
    record Own(String type) implements Claim {}

    /**
     * A layer of the provider's that needs nothing from the caller. It is committed at once, and Prepare answers that
     * it exists already.
     *
     * @param name what it is committed as
     * @param labels labels to add to those of the request
     */
    record Complete(String type, String name, Map<String, String> labels) implements Claim {}
}
