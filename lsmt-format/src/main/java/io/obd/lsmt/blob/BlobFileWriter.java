package io.obd.lsmt.blob;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Writes a stream as a blob: as it is or as a ZFile, with or without the tar wrapper. The file has its name only when it
 * is complete and on stable storage; until then it is beside it, named {@code .partial}, and is removed by {@link #close}.
 *
 * <p>Memory does not grow with the stream but for four bytes and a half for each block of a ZFile. For one thread.
 */
public final class BlobFileWriter implements Closeable {
    private final Path target;
    private final boolean tarWrapper;
    private final OutputFile file;
    private final Output output;
    private boolean finished;

    private BlobFileWriter(Path target, boolean tarWrapper, OutputFile file, Output output) {
        this.target = target;
        this.tarWrapper = tarWrapper;
        this.file = file;
        this.output = output;
    }

    /**
     * Begins a blob.
     *
     * @param target the finished file
     * @param zfile how to compress, or null for the stream as it is
     * @param tarWrapper whether the blob is a tar with the stream as its only file
     * @throws FileAlreadyExistsException if {@code target} exists
     */
    public static BlobFileWriter create(Path target, @Nullable ZFileOptions zfile, boolean tarWrapper)
            throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        OutputFile file = new OutputFile(partial, tarWrapper ? TarWrapper.FRONT : 0);
        Output output = zfile == null ? new PlainOutput(file) : new ZFileOutput(file, zfile);
        return new BlobFileWriter(target, tarWrapper, file, output);
    }

    /** Bytes written so far. */
    public long position() {
        return output.position();
    }

    /** Appends the remaining bytes of {@code src}. A direct buffer saves a copy. */
    public void write(ByteBuffer src) throws IOException {
        output.write(src);
    }

    /** Fills {@code dst} with bytes of the stream that were written before. */
    public void read(long offset, ByteBuffer dst) throws IOException {
        if (offset < 0 || offset > position() - dst.remaining()) {
            throw new IllegalArgumentException(
                    dst.remaining() + " bytes at " + offset + ", but " + position() + " were written");
        }
        output.read(offset, dst);
    }

    /** Completes the blob: front and back, stable storage, name. */
    public void finish() throws IOException {
        long size = output.finish();
        if (tarWrapper) {
            file.write(size, TarWrapper.back(size));
            file.write(-TarWrapper.FRONT, TarWrapper.front(size));
        }
        file.sync();
        Files.move(file.path(), target, StandardCopyOption.ATOMIC_MOVE);
        finished = true;
        try (FileChannel directory = FileChannel.open(target.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        output.close();
        file.close();
        if (!finished) {
            Files.deleteIfExists(file.path());
        }
    }
}
