package io.obd.ctr.client;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why something failed, for a person: messages of the JDK's file exceptions are often bare paths. */
public final class Reason {
    private Reason() {}

    public static String of(Exception failure) {
        return switch (failure) {
            case FileSystemException file when file.getReason() != null -> String.valueOf(file.getMessage());
            case NoSuchFileException file -> file.getFile() + ": no such file or directory";
            case AccessDeniedException file -> file.getFile() + ": permission denied";
            case FileAlreadyExistsException file -> file.getFile() + ": exists already";
            default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
        };
    }
}
