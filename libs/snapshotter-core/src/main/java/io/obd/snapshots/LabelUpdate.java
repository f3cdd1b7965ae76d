package io.obd.snapshots;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** A change of labels as containerd's field masks describe it. */
record LabelUpdate(boolean all, Map<String, String> labels) {
    private static final String ALL = "labels";
    private static final String ONE = "labels.";

    /** @throws SnapshotException invalid argument, if a path names anything but labels */
    static LabelUpdate of(Map<String, String> labels, Collection<String> paths) throws SnapshotException {
        if (paths.isEmpty()) {
            return new LabelUpdate(true, labels);
        }
        boolean all = false;
        Map<String, String> chosen = new HashMap<>();
        for (String path : paths) {
            if (path.equals(ALL)) {
                all = true;
                chosen.putAll(labels);
            } else if (path.startsWith(ONE)) {
                String key = path.substring(ONE.length());
                chosen.put(key, labels.getOrDefault(key, ""));
            } else {
                throw SnapshotException.invalid("cannot update field \"" + path + "\": only labels can be changed");
            }
        }
        return new LabelUpdate(all, chosen);
    }

    /** The labels after the change; one that is set to an empty value alone is removed. */
    Map<String, String> applyTo(Map<String, String> before) {
        if (all) {
            return labels;
        }
        Map<String, String> after = new HashMap<>(before);
        labels.forEach((key, value) -> {
            if (value.isEmpty()) {
                after.remove(key);
            } else {
                after.put(key, value);
            }
        });
        return after;
    }
}
