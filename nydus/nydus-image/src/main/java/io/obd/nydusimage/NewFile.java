package io.obd.nydusimage;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file that gets its name when it is complete. What was written is removed if it is closed before. A FIFO or a device is
 * written as it is, and so is what the process has open already, as {@code /dev/stdout}; of another symbolic link, the file
 * that it leads to is the one that is replaced.
 */
final class NewFile implements Closeable {
    private static final int BUFFER = 1 << 20;
    private static final int MOST_LINKS = 40;
    private static final Path PROC = Path.of("/proc");

    private final Path written;
    private final Path place;
    private final boolean temporary;
    private final OutputStream out;
    private boolean kept;

    private NewFile(Path written, Path place, boolean temporary) throws IOException {
        this.written = written;
        this.place = place;
        this.temporary = temporary;
        this.out = new BufferedOutputStream(
                temporary
                        ? Files.newOutputStream(written, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                        : Files.newOutputStream(written, StandardOpenOption.TRUNCATE_EXISTING),
                BUFFER);
        if (temporary) {
            written.toFile().deleteOnExit(); // for an end by a signal
        }
    }

    /** A file whose name is known. */
    static NewFile at(Path path) throws IOException {
        Path place = path;
        for (int links = 0; Files.isSymbolicLink(place); links++) {
            if (links == MOST_LINKS) {
                throw new FileSystemLoopException(path.toString());
            }
            if (directory(place).toRealPath().startsWith(PROC)) {
                return new NewFile(path, path, false);
            }
            place = place.resolveSibling(Files.readSymbolicLink(place));
        }
        if (Files.exists(place) && !Files.isRegularFile(place)) {
            return new NewFile(path, path, false);
        }
        if (Files.notExists(directory(place))) {
            throw new NoSuchFileException(place.toString());
        }
        return new NewFile(place.resolveSibling(temporaryName()), place, true);
    }

    private static Path directory(Path file) {
        Path parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }

    /** A file in a directory whose name is known only when it is complete. */
    static NewFile in(Path directory) throws IOException {
        Path written = directory.resolve(temporaryName());
        return new NewFile(written, written, true);
    }

    private static String temporaryName() {
        return ".nydus-image-" + UUID.randomUUID();
    }

    OutputStream out() {
        return out;
    }

    /** Where it is until it is complete. */
    Path written() {
        return written;
    }

    /** Completes the file under the name that is known. */
    void keep() throws IOException {
        keep(place);
    }

    /** Completes the file under this name. */
    void keep(Path path) throws IOException {
        out.close();
        if (temporary) {
            Files.move(written, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
        kept = true;
    }

    /** Makes a file of bytes. */
    static void write(Path path, ByteBuffer bytes) throws IOException {
        try (NewFile file = at(path)) {
            file.out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            file.keep();
        }
    }

    @Override
    public void close() throws IOException {
        if (kept) {
            return;
        }
        try {
            out.close();
        } finally {
            if (temporary) {
                Files.deleteIfExists(written);
            }
        }
    }
}
