package io.obd.tools.obd;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why something failed, as one line. */
final class Reason {
    private Reason() {}

    static String of(Exception e) {
        String message = e.getMessage();
        String reason =
                switch (e) {
                    case NoSuchFileException file -> file.getFile() + ": no such file";
                    case AccessDeniedException file -> file.getFile() + ": permission denied";
                    case FileAlreadyExistsException file -> file.getFile() + ": exists already";
                    case DirectoryNotEmptyException file -> file.getFile() + ": the directory is not empty";
                    case FileSystemException file
                    when file.getReason() != null -> file.getFile() + ": " + file.getReason();
                    case IOException _ when message != null -> message;
                    default -> "internal error: " + e;
                };
        return reason.replace('\n', ' ');
    }
}
