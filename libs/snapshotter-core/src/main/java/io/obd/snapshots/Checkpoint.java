package io.obd.snapshots;

/** Is told about every step that changes what would be found after a crash. Tests end the world in it. */
interface Checkpoint {
    /** The steps, in the order of a snapshot's life. */
    enum Step {
        ID_RESERVED,
        DIRECTORY_MADE,
        LAYER_WRITTEN,
        RECORD_INSERTED,
        LAYER_SHOWN,
        COMMIT_PREPARED,
        RECORD_COMMITTED,
        LAYER_DETACHED,
        RECORD_DELETED,
        DIRECTORY_DELETED
    }

    /** What runs outside tests. */
    Checkpoint NONE = step -> {};

    void reached(Step step);
}
