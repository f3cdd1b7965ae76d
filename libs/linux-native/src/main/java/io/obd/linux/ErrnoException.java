package io.obd.linux;

import java.io.IOException;

/** A call into the kernel failed. Says which one, on what, and with which error. */
public final class ErrnoException extends IOException {
    private final int errno;
    private final String call;
    private final String reason;

    /**
     * @param call the call with what it was made on, e.g. {@code umount2 /mnt}
     * @param errno the error number, positive
     */
    public ErrnoException(String call, int errno) {
        this(call, errno, "");
    }

    /** As {@link #ErrnoException(String, int)}, with a reason that the error number alone does not tell. */
    public ErrnoException(String call, Errno errno, String reason) {
        this(call, errno.number(), reason);
    }

    /** As {@link #ErrnoException(String, int)}, with a reason, or an empty text for none. */
    public ErrnoException(String call, int errno, String reason) {
        super(call + ": " + Errno.describe(errno) + (reason.isEmpty() ? "" : ": " + reason));
        this.errno = errno;
        this.call = call;
        this.reason = reason;
    }

    /** The error number, positive. */
    public int errno() {
        return errno;
    }

    /** True if the call failed with this error. */
    public boolean is(Errno other) {
        return errno == other.number();
    }

    /** The call, with what it was made on. */
    public String call() {
        return call;
    }

    /** What the error number alone does not tell; may be empty. */
    public String reason() {
        return reason;
    }
}
