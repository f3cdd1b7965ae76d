package io.obd.lsmt.blob;

import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file that has its name only when it is complete and on stable storage; until then it is beside it, named {@code
 * .partial}.
 */
final class FileSink implements Sink {
    private final BlobTarget.File target;
    private final Path directory;
    private final Path partial;
    private final FileChannel channel;
    private final long start;

    /**
     * @param start bytes in front of the payload
     * @throws FileAlreadyExistsException if the target exists and is not to be replaced
     */
    FileSink(BlobTarget.File target, long start) throws IOException {
        refuseExisting(target);
        this.target = target;
        this.start = start;
        Path path = target.path().toAbsolutePath();
        this.directory = path.resolveSibling("");
        this.partial = Files.createTempFile(
                directory,
                path.getFileName() + ".",
                ".partial",
                PosixFilePermissions.asFileAttribute(target.permissions()));
        this.channel = FileChannel.open(partial, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static void refuseExisting(BlobTarget.File target) throws IOException {
        Path path = target.path();
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!target.replaces()) {
            throw new FileAlreadyExistsException(path.toString());
        }
        if (!Files.isRegularFile(path)) {
            throw new FileSystemException(path.toString(), null, "no regular file, it is not replaced");
        }
    }

    @Override
    public String name() {
        return target.name();
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        long position = start + offset;
        try {
            while (src.hasRemaining()) {
                position += channel.write(src, position);
            }
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(target.path() + ": write at byte " + position + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long position = start + offset;
        int wanted = dst.remaining();
        while (dst.hasRemaining()) {
            int n = channel.read(dst, position);
            if (n < 0) {
                throw new TruncatedBlobException(partial.toString(), start + offset, wanted, position);
            }
            position += n;
        }
    }

    /** A rename would replace a file that somebody else made in the meantime; a link does not. */
    @Override
    public void finish() throws IOException {
        channel.force(true);
        if (target.replaces()) {
            Files.move(partial, target.path(), StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.createLink(target.path(), partial);
            Files.delete(partial);
        }
        try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(partial);
    }
}
