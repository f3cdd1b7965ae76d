package io.obd.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * The new content of a file, ready to take its place, so that a reader, or a machine that lost power, sees the old content
 * or the new one.
 */
public final class AtomicFile implements Closeable {
    private final Path target;
    private final Path directory;
    private final Path temporary;

    private AtomicFile(Path target) throws IOException {
        this.target = target;
        this.directory = Objects.requireNonNull(target.getParent(), "a file is in a directory");
        // createTempFile makes the file with mode 0600.
        this.temporary = Files.createTempFile(directory, "." + target.getFileName(), ".tmp");
    }

    /** Writes {@code content} beside the file, readable by its owner only, and returns when it is on stable storage. */
    public static AtomicFile prepare(Path file, byte[] content) throws IOException {
        AtomicFile prepared = new AtomicFile(file.toAbsolutePath());
        try (FileChannel channel = FileChannel.open(prepared.temporary, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException e) {
            prepared.close();
            throw e;
        }
        return prepared;
    }

    /** Replaces a file. */
    static void write(Path file, byte[] content) throws IOException {
        try (AtomicFile prepared = prepare(file, content)) {
            prepared.replace();
            prepared.sync();
        }
    }

    /** Puts the new content in the place of the old one. A machine that loses power may still see the old one. */
    public void replace() throws IOException {
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Returns when the replacement is on stable storage. */
    public void sync() throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Drops the new content if it was not put in place. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(temporary);
    }
}
