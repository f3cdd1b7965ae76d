package io.obd.linux;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Removal of a directory with everything in it. Links are not followed, and nothing that is mounted inside is touched. */
public final class DirectoryTree {
    private DirectoryTree() {}

    /** Empties a directory, which is made if it is not there; it may itself be mounted, or a link to a directory. */
    public static void clear(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                delete(entry);
            }
        }
    }

    /** Removes the tree, or what somebody else has left of it. */
    public static void delete(Path root) throws IOException {
        Optional<Object> device = device(root);
        if (device.isEmpty()) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Optional<Object> here = device(directory);
                if (here.isEmpty()) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                if (!here.get().equals(device.get())) {
                    throw new IOException(directory + ": a file system is still mounted here, unmount it first");
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                try {
                    Files.deleteIfExists(directory);
                } catch (DirectoryNotEmptyException again) {
                    throw new IOException(directory + ": files appear in it while it is removed", again);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** The file system that a path is on, empty if it is not there, or not any more. */
    private static Optional<Object> device(Path path) throws IOException {
        try {
            return Optional.of(Files.getAttribute(path, "unix:dev", LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
