package io.obd.ctr.client;

import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Labels of content that keep what it refers to from containerd's garbage collector. */
public final class GcLabels {
    private static final String CONTENT = "containerd.io/gc.ref.content.";
    private static final String SNAPSHOT = "containerd.io/gc.ref.snapshot.";

    private GcLabels() {}

    public static Map<String, String> of(Index index) {
        return numbered("m.", index.manifests());
    }

    public static Map<String, String> of(Manifest manifest) {
        Map<String, String> labels = numbered("l.", manifest.layers());
        labels.put(CONTENT + "config", manifest.config().digest().toString());
        return labels;
    }

    /** For an image's configuration: the snapshot of its topmost layer. */
    public static Map<String, String> ofConfig(String snapshotter, String chainId) {
        return Map.of(SNAPSHOT + snapshotter, chainId);
    }

    private static Map<String, String> numbered(String kind, List<Descriptor> children) {
        Map<String, String> labels = new HashMap<>();
        for (int i = 0; i < children.size(); i++) {
            labels.put(CONTENT + kind + i, children.get(i).digest().toString());
        }
        return labels;
    }
}
