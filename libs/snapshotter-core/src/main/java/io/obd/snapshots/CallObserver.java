package io.obd.snapshots;

import java.time.Duration;

/** Is told about every call that the service has answered; from any thread, and must be quick. */
public interface CallObserver {
    /** Takes no interest. */
    CallObserver NONE = (function, duration, failed) -> {};

    /**
     * A call has ended.
     *
     * @param function its name in containerd's API for snapshotters: Prepare, View, Mounts, …
     * @param failed whether it was answered with an error; that a prepared layer exists already is none, it saves a
     *     download
     */
    void called(String function, Duration duration, boolean failed);
}
