package io.obd.tools;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** A failure as one line for the user; those of files in the words of the originals. */
final class FailureText {
    private static final String MISSING = "2: No such file or directory";

    private FailureText() {}

    static String of(IOException e) {
        String message = e.getMessage();
        return switch (e) {
            // An empty name is that of the working directory for Java, and of nothing for everybody else.
            case FileAlreadyExistsException file
            when !file.getFile().isEmpty() -> failedToOpen(file, "17: File exists");
            case FileAlreadyExistsException file -> failedToOpen(file, MISSING);
            case NoSuchFileException file -> failedToOpen(file, MISSING);
            case AccessDeniedException file -> failedToOpen(file, "13: Permission denied");
            case FileSystemException file when file.getReason() != null -> file.getFile() + ": " + file.getReason();
            default -> message == null ? e.getClass().getSimpleName() : message;
        };
    }

    private static String failedToOpen(FileSystemException e, String reason) {
        return "failed to open file '" + e.getFile() + "', " + reason;
    }
}
