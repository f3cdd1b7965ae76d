package io.obd.nydusd;

/** What a daemon is doing, by the names of the API. */
enum DaemonState {
    /** It serves nothing yet. */
    INIT,
    /** It could serve, and waits to be told to. */
    READY,
    /** It serves. */
    RUNNING,
    /** It serves no more. */
    STOPPED
}
