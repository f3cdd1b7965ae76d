package io.obd.ctr.client;

import io.grpc.Status;
import io.grpc.StatusException;
import org.jspecify.annotations.Nullable;

/** containerd refused a call or could not be asked. */
public final class ContainerdException extends CtrException {
    private final Status.Code code;

    private ContainerdException(Status.Code code, String message, @Nullable String hint, @Nullable Throwable cause) {
        super(message, hint, cause);
        this.code = code;
    }

    /** containerd cannot be reached at all. */
    public static ContainerdException unreachable(String message, String hint, @Nullable Throwable cause) {
        return new ContainerdException(Status.Code.UNAVAILABLE, message, hint, cause);
    }

    /** @param attempt what the call was to do, as in "create a lease" */
    public static ContainerdException of(String attempt, StatusException failure) {
        Status status = failure.getStatus();
        String reason = status.getDescription();
        String message = "containerd could not " + attempt + ": " + (reason == null ? status.getCode() : reason);
        String hint =
                switch (status.getCode()) {
                    case UNAVAILABLE -> "see whether containerd is still running, and look at its log";
                    case PERMISSION_DENIED -> "run the command as root";
                    default -> null;
                };
        return new ContainerdException(status.getCode(), message, hint, failure);
    }

    /** The same failure, told in better words. */
    public ContainerdException as(String message, String hint) {
        return new ContainerdException(code, message, hint, getCause());
    }

    /** The same failure with other advice. */
    public ContainerdException advising(String hint) {
        return new ContainerdException(code, String.valueOf(getMessage()), hint, getCause());
    }

    /** The status that containerd answered with. */
    public Status.Code code() {
        return code;
    }
}
