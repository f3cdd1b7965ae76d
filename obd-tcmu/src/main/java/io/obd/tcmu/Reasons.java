package io.obd.tcmu;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** The text of an error: its message and, where they add something, those of its causes. */
final class Reasons {
    private Reasons() {}

    static String of(Throwable error) {
        StringBuilder text = new StringBuilder(message(error));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            String more = message(cause);
            if (text.indexOf(more) < 0) {
                text.append(": ").append(more);
            }
        }
        return text.toString();
    }

    /** Some of the JDK's file exceptions say what is wrong in their name only; their message is the path. */
    private static String message(Throwable error) {
        return switch (error) {
            case NoSuchFileException e -> e.getFile() + ": no such file or directory";
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case FileAlreadyExistsException e -> e.getFile() + ": exists already";
            case NotDirectoryException e -> e.getFile() + ": is no directory";
            default -> {
                String message = error.getMessage();
                yield message == null ? error.getClass().getSimpleName() : message;
            }
        };
    }
}
