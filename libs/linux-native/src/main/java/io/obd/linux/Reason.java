package io.obd.linux;

import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why something failed, as one line. The JDK tells most failures of files and hosts by the names of its classes alone. */
public final class Reason {
    private Reason() {}

    /** Of the failure itself: names the file, if it was one, and what is wrong. */
    public static String of(Throwable failure) {
        return words(failure).replace('\n', ' ');
    }

    /** Of a failure of a command, which may be an error of the program itself. */
    public static String ofCommand(Exception failure) {
        return failure instanceof IOException ? of(failure) : ("internal error: " + failure).replace('\n', ' ');
    }

    /** Of the failure and, where they add something, of what it comes from. */
    public static String withCauses(Throwable failure) {
        StringBuilder text = new StringBuilder(of(failure));
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            String more = of(cause);
            if (text.indexOf(more) < 0) {
                text.append(": ").append(more);
            }
        }
        return text.toString();
    }

    private static String words(Throwable failure) {
        Throwable cause = failure.getCause();
        if (cause != null && cause.toString().equals(failure.getMessage())) {
            // It was made of its cause alone, and has the name of that one's class in its text.
            return words(cause);
        }
        String message = failure.getMessage();
        return switch (failure) {
            case FileSystemException file -> place(file) + ": " + problem(file);
            case UnresolvedAddressException _ -> "the host's name cannot be resolved";
            case UnknownHostException host -> host.getMessage() + ": there is no such host";
            default -> message == null ? failure.getClass().getSimpleName() : message;
        };
    }

    /** Of two files either may be the one that is meant. */
    private static String place(FileSystemException failure) {
        return failure.getOtherFile() == null ? failure.getFile() : failure.getFile() + " -> " + failure.getOtherFile();
    }

    private static String problem(FileSystemException failure) {
        if (failure.getReason() != null) {
            return failure.getReason();
        }
        return switch (failure) {
            case NoSuchFileException _ -> "no such file or directory";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "exists already";
            case NotDirectoryException _ -> "is no directory";
            case DirectoryNotEmptyException _ -> "the directory is not empty";
            default -> failure.getClass().getSimpleName();
        };
    }
}
