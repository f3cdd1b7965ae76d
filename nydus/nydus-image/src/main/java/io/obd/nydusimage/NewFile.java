package io.obd.nydusimage;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file that gets its name when it is complete. What was written is removed if it is closed before. A FIFO or a device is
 * written as it is.
 */
final class NewFile implements Closeable {
    private static final int BUFFER = 1 << 20;

    private final Path written;
    private final boolean temporary;
    private final OutputStream out;
    private boolean kept;

    private NewFile(Path written, boolean temporary) throws IOException {
        this.written = written;
        this.temporary = temporary;
        this.out = new BufferedOutputStream(
                temporary
                        ? Files.newOutputStream(written, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                        : Files.newOutputStream(written, StandardOpenOption.WRITE),
                BUFFER);
    }

    /** A file whose name is known. */
    static NewFile at(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            return new NewFile(path, false);
        }
        return new NewFile(path.resolveSibling(temporaryName()), true);
    }

    /** A file in a directory whose name is known only when it is complete. */
    static NewFile in(Path directory) throws IOException {
        return new NewFile(directory.resolve(temporaryName()), true);
    }

    private static String temporaryName() {
        return ".nydus-image-" + UUID.randomUUID();
    }

    OutputStream out() {
        return out;
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
            file.keep(path);
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
