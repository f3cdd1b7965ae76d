package io.obd.nydusd;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why something failed, as one line. */
final class Reasons {
    private Reasons() {}

    static String of(Throwable error) {
        StringBuilder text = new StringBuilder(one(error));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            if (text.indexOf(one(cause)) < 0) {
                text.append(": ").append(one(cause));
            }
        }
        return text.toString().replace('\n', ' ');
    }

    private static String one(Throwable error) {
        return switch (error) {
            case FileSystemException file when file.getReason() != null -> file.getFile() + ": " + file.getReason();
            case NoSuchFileException file -> file.getFile() + ": no such file";
            case AccessDeniedException file -> file.getFile() + ": permission denied";
            default -> error.getMessage() == null ? error.toString() : error.getMessage();
        };
    }
}
