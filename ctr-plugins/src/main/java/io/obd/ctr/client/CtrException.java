package io.obd.ctr.client;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A command that cannot go on. The message names what was tried and the cause. */
public class CtrException extends IOException {
    private final @Nullable String hint;

    /** A failure without advice. */
    public CtrException(String message) {
        this(message, null, null);
    }

    /**
     * @param hint what to do about it, as a sentence, or null
     * @param cause what failed underneath, or null
     */
    public CtrException(String message, @Nullable String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    /** What to do about it, or null. */
    public @Nullable String hint() {
        return hint;
    }
}
