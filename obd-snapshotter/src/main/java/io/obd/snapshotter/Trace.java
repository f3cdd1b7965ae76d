package io.obd.snapshotter;

import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.util.Map;

/**
 * Whether reads of a device are recorded.
 *
 * @param path file to record them in, empty for no record
 */
record Trace(String path) {
    static final Trace NONE = new Trace("");

    /** What the labels of a container ask for. */
    static Trace of(Map<String, String> labels) throws SnapshotException {
        if (!Labels.isYes(labels, Labels.RECORD_TRACE)) {
            return NONE;
        }
        String path = labels.getOrDefault(Labels.RECORD_TRACE_PATH, "");
        if (!path.startsWith("/")) {
            throw new SnapshotException(
                    Code.INVALID_ARGUMENT,
                    "label " + Labels.RECORD_TRACE_PATH + " is \"" + path + "\": an absolute path is expected");
        }
        return new Trace(path);
    }

    boolean isWanted() {
        return !path.isEmpty();
    }
}
