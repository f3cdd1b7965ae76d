package io.obd.image;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The backend did not do what it was asked for through its control socket. */
public abstract sealed class ControlException extends IOException {

    private ControlException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Nobody listens on the socket. */
    public static final class NotRunning extends ControlException {
        NotRunning(Path socket, IOException cause) {
            super(
                    "overlaybd-tcmu does not answer on " + socket + " (" + cause.getMessage()
                            + "): is it running? Start it with: systemctl start overlaybd-tcmu",
                    cause);
        }
    }

    /** No complete answer came in time. The request may or may not have taken effect. */
    public static final class TimedOut extends ControlException {
        TimedOut(String request, Path socket, Duration limit) {
            super(
                    request + ": no answer from overlaybd-tcmu on " + socket + " within " + limit.toMillis() + " ms",
                    null);
        }
    }

    /** What came back is not an answer of the control API. */
    public static final class Protocol extends ControlException {
        Protocol(String request, Path socket, String problem, @Nullable Throwable cause) {
            super(request + ": bad answer from " + socket + ": " + problem, cause);
        }
    }

    /** The backend answered with an error. */
    public static final class Refused extends ControlException {
        private final int status;
        private final transient ControlError error;

        Refused(String request, int status, ControlError error) {
            super(text(request, status, error), null);
            this.status = status;
            this.error = error;
        }

        /** HTTP status. */
        public int status() {
            return status;
        }

        /** What the backend said. */
        public ControlError error() {
            return error;
        }

        private static String text(String request, int status, ControlError error) {
            StringBuilder text = new StringBuilder("overlaybd-tcmu refused ")
                    .append(request)
                    .append(" (")
                    .append(status)
                    .append(' ')
                    .append(error.code())
                    .append("): ")
                    .append(error.message());
            if (!error.cause().isEmpty()) {
                text.append(": ").append(error.cause());
            }
            if (!error.hint().isEmpty()) {
                text.append(" (").append(error.hint()).append(')');
            }
            return text.toString();
        }
    }
}
