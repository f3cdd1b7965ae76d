package io.obd.nydusimage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why something failed, as one line. */
final class Reason {
    private Reason() {}

    static String of(Exception e) {
        String message = e.getMessage();
        String reason =
                switch (e) {
                    case FileSystemException file
                    when file.getReason() != null -> file.getFile() + ": " + file.getReason();
                    case NoSuchFileException file -> file.getFile() + ": no such file";
                    case AccessDeniedException file -> file.getFile() + ": permission denied";
                    case IOException _ when message != null -> message;
                    default -> "internal error: " + e;
                };
        return reason.replace('\n', ' ');
    }
}
