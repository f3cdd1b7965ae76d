package io.obd.snapshots;

import io.obd.linux.Reason;
import java.io.IOException;
import java.nio.file.Path;

/** What was written to the log did not reach the disk: whether a change is there at the next start is not known. */
final class LogLostException extends IOException {
    private static final long serialVersionUID = 1L;

    LogLostException(Path log, IOException cause) {
        super(
                log + " did not reach the disk: " + Reason.of(cause)
                        + ". No change is made any more: see to the disk, then restart this program",
                cause);
    }
}
