package io.obd.image;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** An image cannot be opened. Says which layer of it, where that was looked for, and what failed. */
public final class ImageOpenException extends IOException {

    public ImageOpenException(String message) {
        this(message, null);
    }

    ImageOpenException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** What could not be opened, and the reason in words. */
    static ImageOpenException of(String what, IOException cause) {
        return new ImageOpenException(what + ": " + reason(cause), cause);
    }

    /** The JDK's file exceptions say only which file, and their type what is wrong with it. */
    private static String reason(IOException cause) {
        return switch (cause) {
            case NoSuchFileException e -> "no such file: " + e.getFile();
            case AccessDeniedException e -> "permission denied: " + e.getFile();
            default -> cause.getMessage() == null ? cause.toString() : cause.getMessage();
        };
    }
}
