package io.obd.snapshots;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A call was refused for a reason that containerd tells apart. Every other failure is a plain {@link IOException}.
 * The text ends with the words that containerd's own errors end with, since clients print and sometimes read it.
 */
public final class SnapshotException extends IOException {
    /** Why. */
    public enum Code {
        NOT_FOUND("not found"),
        ALREADY_EXISTS("already exists"),
        INVALID_ARGUMENT("invalid argument"),
        FAILED_PRECONDITION("failed precondition"),
        UNIMPLEMENTED("not implemented"),
        UNAVAILABLE("unavailable");

        private final String words;

        Code(String words) {
            this.words = words;
        }
    }

    private final Code code;

    public SnapshotException(Code code, String message) {
        this(code, message, null);
    }

    public SnapshotException(Code code, String message, @Nullable Throwable cause) {
        super(message + ": " + code.words, cause);
        this.code = code;
    }

    /** Why. */
    public Code code() {
        return code;
    }

    static SnapshotException notFound(String name) {
        return new SnapshotException(Code.NOT_FOUND, "snapshot " + name + " does not exist");
    }

    static SnapshotException alreadyExists(String name) {
        return new SnapshotException(Code.ALREADY_EXISTS, "snapshot " + name);
    }

    static SnapshotException invalid(String message) {
        return new SnapshotException(Code.INVALID_ARGUMENT, message);
    }

    static SnapshotException failedPrecondition(String message) {
        return new SnapshotException(Code.FAILED_PRECONDITION, message);
    }
}
