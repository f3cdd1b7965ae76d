package io.obd.snapshots;

import java.nio.file.Path;
import java.util.Map;

/**
 * A snapshot as a {@link LayerProvider} sees it.
 *
 * @param id number of the snapshot
 * @param type the provider's own word for what it is, decided once; {@link #ORDINARY} for a plain directory
 * @param directory directory of the snapshot; the provider may keep files of its own beside {@code fs} and {@code work}
 */
public record Layer(long id, String name, String type, Map<String, String> labels, Path directory) {
    /** Type of a layer that is no provider's: the content of a directory. */
    public static final String ORDINARY = "";

    /** Whether it is a plain directory. */
    public boolean isOrdinary() {
        return type.equals(ORDINARY);
    }

    /** The upper directory of an active snapshot, the content of an ordinary committed one. */
    public Path fs() {
        return SnapshotDirectories.fs(directory);
    }
}
