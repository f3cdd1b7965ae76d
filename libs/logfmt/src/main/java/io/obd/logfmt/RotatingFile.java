package io.obd.logfmt;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that lines are added to. When it is full it is put aside and another one begun. */
public final class RotatingFile implements Closeable {
    private final Path path;
    private final long limit;
    private final FullFiles full;
    private FileChannel channel;

    /**
     * Opens the file to go on at its end.
     *
     * @param limit bytes of one file
     * @param full takes those that are full
     */
    public RotatingFile(Path path, long limit, FullFiles full) throws IOException {
        this.path = path;
        this.limit = limit;
        this.full = full;
        this.channel = open(path);
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    /**
     * Adds the lines. Nothing to add leaves the files as they are, even where the last one is full.
     *
     * @throws IOException if they cannot be written; then there are none of them in the file
     */
    public void write(ByteBuffer lines) throws IOException {
        if (lines.hasRemaining() && channel.size() > 0 && channel.size() + lines.remaining() > limit) {
            rotate();
        }
        long start = channel.size();
        try {
            while (lines.hasRemaining()) {
                channel.write(lines);
            }
        } catch (IOException e) {
            cutOff(start, e);
            throw e;
        }
    }

    /** Half a line is no good to anybody, and the next one would be glued to it. */
    private void cutOff(long length, IOException reason) {
        try {
            channel.truncate(length);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** If it fails the file that is open stays so, and the next line tries again. */
    private void rotate() throws IOException {
        full.putAside(path);
        FileChannel next = open(path);
        channel.close();
        channel = next;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
