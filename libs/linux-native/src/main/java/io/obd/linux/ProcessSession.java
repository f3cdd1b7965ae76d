package io.obd.linux;

/** The session that the terminal's signals go to. */
public final class ProcessSession {
    private ProcessSession() {}

    /**
     * Takes this process out of the session of who started it.
     *
     * @throws ErrnoException EPERM if it leads a process group
     */
    public static void leave() throws ErrnoException {
        if (LibC.processes().setsid() < 0) {
            throw LibC.failure("setsid");
        }
    }
}
