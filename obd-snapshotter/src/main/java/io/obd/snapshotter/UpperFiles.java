package io.obd.snapshotter;

import io.obd.image.ImageConfig.Upper;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/** Where the writable layer of a snapshot is: beside its specification, or where label {@link Labels#ACTIVE_PATH} says. */
record UpperFiles(Path data, Path index) {
    static UpperFiles of(Layer layer) throws SnapshotException {
        String elsewhere = layer.labels().getOrDefault(Labels.ACTIVE_PATH, "");
        Path directory = elsewhere.isEmpty() ? BlockDirectory.of(layer).block() : absolute(elsewhere);
        return new UpperFiles(directory.resolve("writable_data"), directory.resolve("writable_index"));
    }

    /** Refuses labels that name no place. */
    static void check(Map<String, String> labels) throws SnapshotException {
        String elsewhere = labels.getOrDefault(Labels.ACTIVE_PATH, "");
        if (!elsewhere.isEmpty()) {
            absolute(elsewhere);
        }
    }

    private static Path absolute(String text) throws SnapshotException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return path.normalize();
            }
        } catch (InvalidPathException e) {
            throw refused(text);
        }
        throw refused(text);
    }

    private static SnapshotException refused(String text) {
        return new SnapshotException(
                Code.INVALID_ARGUMENT,
                "label " + Labels.ACTIVE_PATH + " is \"" + text + "\": an absolute path is expected");
    }

    Path directory() {
        return data.resolveSibling("");
    }

    /** @param gigabytes size that the device was asked for, 0 for that of the layers below */
    Upper upper(long gigabytes) {
        return new Upper(index.toString(), data.toString(), gigabytes);
    }
}
