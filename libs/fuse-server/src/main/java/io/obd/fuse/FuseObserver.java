package io.obd.fuse;

/** Is told what a {@link TreeServer} was asked for. Called on the threads that answer: it must not wait. */
public interface FuseObserver {

    /** Kinds of requests that are counted apart. */
    enum Kind {
        GETATTR,
        READLINK,
        OPEN,
        RELEASE,
        READ,
        STATFS,
        GETXATTR,
        LISTXATTR,
        OPENDIR,
        LOOKUP,
        READDIR,
        READDIRPLUS,
        ACCESS,
        FORGET,
        BATCH_FORGET
    }

    /**
     * A request that needs no data was answered.
     *
     * @param id the file it was about
     * @param failed whether the answer was an error other than that something does not exist
     */
    default void answered(Kind kind, long id, boolean failed) {}

    /**
     * A read ended.
     *
     * @param nanos how long it took
     */
    default void read(long id, long length, long nanos, boolean failed) {}
}
