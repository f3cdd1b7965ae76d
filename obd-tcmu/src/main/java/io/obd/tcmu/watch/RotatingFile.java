package io.obd.tcmu.watch;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A file that lines are added to. When it is full it becomes {@code FILE.1}, and what was that {@code FILE.2}. */
final class RotatingFile implements Closeable {
    private final Path path;
    private final long limit;
    private final int files;
    private FileChannel channel;

    /**
     * Opens the file to go on at its end.
     *
     * @param limit bytes of one file
     * @param files how many there are at most, with the one that is written
     */
    RotatingFile(Path path, long limit, int files) throws IOException {
        this.path = path;
        this.limit = limit;
        this.files = files;
        this.channel = open(path);
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    /** Adds the lines. Nothing to add leaves the files as they are, even where the last one is full. */
    void write(ByteBuffer lines) throws IOException {
        if (lines.hasRemaining() && channel.size() > 0 && channel.size() + lines.remaining() > limit) {
            rotate();
        }
        while (lines.hasRemaining()) {
            channel.write(lines);
        }
    }

    /** If it fails the file that is open stays so, and the next line tries again. */
    private void rotate() throws IOException {
        for (int number = files - 1; number > 0; number--) {
            try {
                Files.move(numbered(number - 1), numbered(number), StandardCopyOption.REPLACE_EXISTING);
            } catch (NoSuchFileException _) {
                // There have not been that many yet.
            }
        }
        FileChannel next = open(path);
        channel.close();
        channel = next;
    }

    private Path numbered(int number) {
        return number == 0 ? path : path.resolveSibling(path.getFileName() + "." + number);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
