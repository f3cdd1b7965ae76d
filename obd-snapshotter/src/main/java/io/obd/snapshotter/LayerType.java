package io.obd.snapshotter;

import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;

/** What a snapshot of ours is. Decided when it is prepared or committed, and stored with its record. */
enum LayerType {
    /** A layer whose blob is in the registry, unless it was downloaded. */
    REMOTE("overlaybd-remote"),

    /** An active snapshot that is to get a layer's file, because nobody said where it is in the registry. */
    DOWNLOADED("overlaybd-downloaded"),

    /** A layer whose file is in the snapshot's directory. */
    LOCAL("overlaybd-local"),

    /** A layer of which only the metadata is in the snapshot's directory, and the data in the original OCI layer. */
    TURBO_OCI("overlaybd-turbo-oci"),

    /** An active snapshot that is to get its layer as a tar, which its commit converts. */
    TAR("overlaybd-tar"),

    /** The top layer of an image that holds a trace instead of data. */
    ACCELERATION("overlaybd-acceleration"),

    /** An active snapshot with a writable device, mounted for the caller. */
    WRITABLE_DIR("overlaybd-writable-dir"),

    /** An active snapshot with a writable device that the caller mounts. */
    WRITABLE_DEV("overlaybd-writable-dev"),

    /** A view with a read-only device that the caller mounts. */
    VIEW_DEV("overlaybd-view-dev"),

    /** The directory in which Docker prepares a container; an ordinary layer from its commit on. */
    DOCKER_INIT("docker-init");

    private final String word;

    LayerType(String word) {
        this.word = word;
    }

    /** As it stands in the record. */
    String word() {
        return word;
    }

    /** Whether it has a device specification from the start. */
    boolean isSpecified() {
        return this != TURBO_OCI && this != DOWNLOADED && this != TAR && this != DOCKER_INIT;
    }

    /** Whether it is an active snapshot with a writable layer. */
    boolean isWritable() {
        return this == WRITABLE_DIR || this == WRITABLE_DEV;
    }

    /**
     * The type of a snapshot of ours.
     *
     * @throws SnapshotException failed precondition, for one that a newer version has made
     */
    static LayerType of(Layer layer) throws SnapshotException {
        for (LayerType type : values()) {
            if (type.word.equals(layer.type())) {
                return type;
            }
        }
        throw new SnapshotException(
                Code.FAILED_PRECONDITION,
                "snapshot " + layer.id() + " is a \"" + layer.type()
                        + "\", which this version does not know: install the newer one again");
    }
}
