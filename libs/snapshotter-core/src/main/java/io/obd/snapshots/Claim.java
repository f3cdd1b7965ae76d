package io.obd.snapshots;

import java.util.Map;

/** What a {@link LayerProvider} makes of a snapshot that is about to be prepared. */
public sealed interface Claim {
    /** Nothing: a plain directory with overlay mounts. */
    record Ordinary() implements Claim {}

    /**
     * A layer of the provider's whose files the caller will unpack: it gets a bind mount of the snapshot's own
     * directory, whatever lies below.
     */
    record Unpacked(String type) implements Claim {}

    /**
     * A layer of the provider's that needs nothing from the caller. It is committed at once, and Prepare answers that
     * it exists already.
     *
     * @param name what it is committed as
     * @param labels labels to add to those of the request
     */
    record Complete(String type, String name, Map<String, String> labels) implements Claim {}
}
