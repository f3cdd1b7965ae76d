package io.obd.snapshotter;

/** Is told about every step that changes what would be found after a crash. Tests end the world in it. */
interface Checkpoint {
    /** The steps, in the order of a layer's life. */
    enum Step {
        PAIR_MADE,
        SPEC_WRITTEN,
        MARKED,
        ATTACHED,
        DEVICE_NOTED,
        FILE_SYSTEM_MADE,
        MOUNTED,
        UNMOUNTED,
        DETACHED,
        UNMARKED,
        SPEC_REWRITTEN,
        SEALED,
        SEALED_MOVED,
        INDEX_DELETED,
        PAIR_DELETED
    }

    /** What runs outside tests. */
    Checkpoint NONE = step -> {};

    void reached(Step step);
}
