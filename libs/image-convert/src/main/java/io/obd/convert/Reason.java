package io.obd.convert;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why something failed, as a text. Java tells most failures of files by the names of its classes. */
public final class Reason {
    private Reason() {}

    /** Names the file, if it was one, and what is wrong. */
    public static String of(IOException e) {
        String message = e.getMessage();
        return switch (e) {
            case NoSuchFileException file -> file.getFile() + ": no such file or directory";
            case AccessDeniedException file -> file.getFile() + ": permission denied";
            case FileAlreadyExistsException file -> file.getFile() + ": exists already";
            case NotDirectoryException file -> file.getFile() + ": is no directory";
            case DirectoryNotEmptyException file -> file.getFile() + ": the directory is not empty";
            case FileSystemException file when file.getReason() != null -> file.getFile() + ": " + file.getReason();
            default -> message == null ? e.getClass().getSimpleName() : message;
        };
    }
}
