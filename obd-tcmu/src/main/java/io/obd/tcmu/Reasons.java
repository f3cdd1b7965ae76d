package io.obd.tcmu;

import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
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
        Throwable cause = error.getCause();
        if (cause != null && cause.toString().equals(error.getMessage())) {
            // It was made of its cause alone, and has the name of that one's class in its text.
            return message(cause);
        }
        return switch (error) {
            case NoSuchFileException e -> e.getFile() + ": no such file or directory";
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case FileAlreadyExistsException e -> e.getFile() + ": exists already";
            case NotDirectoryException e -> e.getFile() + ": is no directory";
            case UnresolvedAddressException _ -> "the host's name cannot be resolved";
            case UnknownHostException e -> e.getMessage() + ": there is no such host";
            default -> {
                String message = error.getMessage();
                yield message == null ? error.getClass().getSimpleName() : message;
            }
        };
    }
}
