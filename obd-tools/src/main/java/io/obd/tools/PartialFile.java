package io.obd.tools;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A file on its way: made in a directory beside its place, it gets its name when it is complete and on stable storage. */
final class PartialFile implements Closeable {
    private final Path target;
    private final boolean replaces;
    private final Path directory;
    private final Path path;

    /**
     * A file that must not exist, neither now nor when it gets its name.
     *
     * @throws FileAlreadyExistsException if it exists
     */
    PartialFile(Path target) throws IOException {
        this(target, false);
    }

    /**
     * @param target the finished file
     * @param replaces whether it may exist and is replaced then
     */
    PartialFile(Path target, boolean replaces) throws IOException {
        this.target = target;
        this.replaces = replaces;
        if (!replaces && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        Path parent = target.toAbsolutePath().resolveSibling("");
        if (!Files.isDirectory(parent)) {
            throw new NoSuchFileException(target.toString());
        }
        try {
            this.directory = Files.createTempDirectory(parent, target.getFileName() + ".partial-");
        } catch (AccessDeniedException e) {
            throw new AccessDeniedException(target.toString());
        }
        this.path = directory.resolve(target.getFileName());
    }

    /** Where to make it; nothing is there yet. */
    Path path() {
        return path;
    }

    /** Gives the file its name. */
    void publish() throws IOException {
        sync(path, StandardOpenOption.WRITE);
        if (replaces) {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.createLink(target, path);
        }
        sync(directory.resolveSibling(""), StandardOpenOption.READ);
    }

    /** Takes the name away again, from a file that did not exist before. */
    void retract() throws IOException {
        Files.deleteIfExists(target);
    }

    private static void sync(Path file, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(file, mode)) {
            channel.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
        Files.deleteIfExists(directory);
    }
}
