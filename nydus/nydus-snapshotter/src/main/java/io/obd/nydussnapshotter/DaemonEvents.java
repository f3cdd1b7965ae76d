package io.obd.nydussnapshotter;

/** Is told what happens in the life of daemons; from any thread, and must be quick. */
interface DaemonEvents {
    /** Takes no interest. */
    DaemonEvents NONE = event -> {};

    /** @param event RUNNING, DIED or DESTROYED */
    void happened(String event);
}
