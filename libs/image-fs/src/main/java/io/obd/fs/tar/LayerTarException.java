package io.obd.fs.tar;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A layer tar is damaged, or one of its entries cannot be applied. Says which entry, where in the tar, and why. */
public final class LayerTarException extends IOException {
    private static final int MAX_SHOWN = 512;

    private final long offset;

    /**
     * @param entry name of the entry as far as it is known
     * @param offset byte position in the uncompressed tar of its header
     * @param problem what is wrong, as the rest of the sentence
     */
    public LayerTarException(@Nullable ByteString entry, long offset, String problem) {
        this(entry, offset, problem, null);
    }

    /** With what went wrong below. */
    public LayerTarException(@Nullable ByteString entry, long offset, String problem, @Nullable Throwable cause) {
        super(
                "layer tar: " + (entry == null ? "" : "entry " + shown(entry) + " ") + "at byte " + offset + ": "
                        + problem,
                cause);
        this.offset = offset;
    }

    private static String shown(ByteString entry) {
        return entry.length() <= MAX_SHOWN ? entry.toString() : entry.slice(0, MAX_SHOWN) + "...";
    }

    /** Byte position in the uncompressed tar. */
    public long offset() {
        return offset;
    }
}
