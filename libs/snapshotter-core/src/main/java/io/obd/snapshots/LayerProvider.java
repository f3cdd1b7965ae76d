package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that an image format adds to a snapshotter. Chains of layers begin with the nearest one. Calls come from many
 * threads at once; while one works on a layer, that layer is not removed. Any call may fail with a
 * {@link SnapshotException}; what fails must leave nothing behind.
 */
public interface LayerProvider {
    /**
     * Decides what a new snapshot is, before anything of it exists.
     *
     * @param key the name that it is to have
     * @param parents the layers below it
     */
    Claim claim(Kind kind, String key, Map<String, String> labels, List<Layer> parents) throws IOException;

    /**
     * Asked when a client knows a committed snapshot that is not known here, because the metadata was lost. What content it
     * had has to be of no interest.
     *
     * @return labels of an empty layer that is to stand in for it; empty if that would be wrong
     */
    default Optional<Map<String, String>> standIn(String name) {
        return Optional.empty();
    }

    /**
     * Writes what the format keeps in the directory of a new layer, before the snapshot becomes visible. For a layer that it
     * claimed all of it is on stable storage at the return; an ordinary one has to do without it after a power cut.
     */
    void create(Layer layer, List<Layer> parents) throws IOException;

    /**
     * How an active snapshot or a view is seen that was claimed with {@link Claim.Own}: called when it is prepared, with
     * its record written, and for every look at its mounts. Attaches again what went away with a reboot.
     *
     * @return empty for a snapshot that the caller fills: it gets a bind mount of its own directory, whatever lies below
     */
    Optional<Mount> show(Kind kind, Layer layer, List<Layer> parents) throws IOException;

    /**
     * Looks at an active snapshot that is about to be committed, and says what it is from now on. May write files;
     * they must do no harm if the commit fails after all, and it must be possible to commit again. What counts is on
     * stable storage at the return.
     *
     * @param labels labels the commit brings, which replace those that the layer has
     */
    Commit commit(Layer layer, Map<String, String> labels, List<Layer> parents) throws IOException;

    /**
     * Makes the merged content of a chain readable, unless it is already.
     *
     * @param labels labels of the snapshot for whose sake this is
     * @param chain a claimed, committed layer and all layers below it
     * @return the directory where it is seen; stays valid until {@link #detach}
     */
    Path attach(Map<String, String> labels, List<Layer> chain) throws IOException;

    /**
     * Undoes {@link #attach} when nothing needs it any more.
     *
     * @throws SnapshotException failed precondition, if it is still in use
     */
    void detach(Layer layer) throws IOException;

    /**
     * Detaches a layer that is about to be removed, and deletes what it keeps outside its directory.
     *
     * @throws SnapshotException failed precondition, if it is still in use
     */
    void remove(Layer layer) throws IOException;

    /** Called at each cleanup: removes what the format keeps outside the snapshots and no layer needs any more. */
    default void cleanup() throws IOException {}

    /** Called once at the start with all claimed layers: brings what a killed process left half done in order. */
    void recover(List<Layer> layers) throws IOException;

    /**
     * What a committed snapshot is.
     *
     * @param type {@link Layer#ORDINARY} or the provider's word
     * @param labels labels to add to those of the request
     * @param without labels of the request that mean nothing any more and are not kept
     */
    record Commit(String type, Map<String, String> labels, Set<String> without) {
        /** A plain directory. */
        public static final Commit ORDINARY = new Commit(Layer.ORDINARY, Map.of());

        public Commit(String type, Map<String, String> labels) {
            this(type, labels, Set.of());
        }
    }
}
