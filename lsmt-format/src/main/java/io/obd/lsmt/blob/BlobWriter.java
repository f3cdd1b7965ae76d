package io.obd.lsmt.blob;

import io.obd.block.BlobReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import org.jspecify.annotations.Nullable;

/**
 * Writes a stream as a blob: as it is or as a ZFile, with or without the tar wrapper, to a file or to another stream. A
 * file has its name only when it is complete and on stable storage; one that is not finished is removed by {@link #close}.
 *
 * <p>Memory does not grow with the stream but for four bytes and a half for each block of a ZFile. For one thread.
 */
public final class BlobWriter implements Closeable {
    private static final int CHUNK = 256 << 10;

    private final boolean tarWrapper;
    private final Sink sink;
    private final Output output;
    private boolean intact = true;

    private BlobWriter(boolean tarWrapper, Sink sink, Output output) {
        this.tarWrapper = tarWrapper;
        this.sink = sink;
        this.output = output;
    }

    /**
     * Begins a blob.
     *
     * @param zfile how to compress, or null for the stream as it is. A ZFile in a stream has its index fields only in
     *     its trailer.
     * @param tarWrapper whether the blob is a tar with the stream as its only file; that cannot be streamed
     * @throws FileAlreadyExistsException if the target is a new file and exists
     */
    public static BlobWriter create(BlobTarget target, @Nullable ZFileOptions zfile, boolean tarWrapper)
            throws IOException {
        return switch (target) {
            case BlobTarget.File file ->
                create(new FileSink(file, tarWrapper ? TarWrapper.FRONT : 0), zfile, tarWrapper);
            case BlobTarget.Stream stream -> {
                if (tarWrapper) {
                    throw new IllegalArgumentException("the tar wrapper begins with the size of what is written");
                }
                yield create(new StreamSink(stream), zfile == null ? null : zfile.withHeaderOverwritten(false), false);
            }
        };
    }

    private static BlobWriter create(Sink sink, @Nullable ZFileOptions zfile, boolean tarWrapper) throws IOException {
        try {
            Output output = zfile == null ? new PlainOutput(sink) : new ZFileOutput(sink, zfile);
            return new BlobWriter(tarWrapper, sink, output);
        } catch (IOException e) {
            sink.close();
            throw e;
        }
    }

    /** Bytes of the stream written so far. */
    public long position() {
        return output.position();
    }

    /** Appends the remaining bytes of {@code src}. A direct buffer saves a copy. */
    public void write(ByteBuffer src) throws IOException {
        checkIntact();
        intact = false;
        output.write(src);
        intact = true;
    }

    /** Appends all that {@code source} has until its end. */
    public void transferFrom(InputStream source) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (int n = source.read(chunk); n >= 0; n = source.read(chunk)) {
            write(ByteBuffer.wrap(chunk, 0, n));
        }
    }

    /** Appends all of {@code source}. */
    public void transferFrom(BlobReader source) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        for (long offset = 0; offset < source.size(); offset += chunk.limit()) {
            chunk.clear().limit((int) Math.min(CHUNK, source.size() - offset));
            source.read(offset, chunk);
            write(chunk.flip());
        }
    }

    /**
     * Fills {@code dst} with bytes of the stream that were written before.
     *
     * @throws UnsupportedOperationException if the target is a stream and does not have them in memory any more
     */
    public void read(long offset, ByteBuffer dst) throws IOException {
        if (offset < 0 || offset > position() - dst.remaining()) {
            throw new IllegalArgumentException(
                    dst.remaining() + " bytes at " + offset + ", but " + position() + " were written");
        }
        output.read(offset, dst);
    }

    /**
     * Completes the blob: front and back, stable storage, name. Nothing can be written or read any more.
     *
     * @throws FileAlreadyExistsException if the target is a new file and somebody else made it in the meantime
     */
    public void finish() throws IOException {
        checkIntact();
        intact = false;
        long size = output.finish();
        if (tarWrapper) {
            sink.write(size, TarWrapper.back(size));
            sink.write(-TarWrapper.FRONT, TarWrapper.front(size));
        }
        sink.finish();
    }

    private void checkIntact() throws IOException {
        if (!intact) {
            throw new IOException(sink.name() + ": it was finished, or writing it failed before");
        }
    }

    @Override
    public void close() throws IOException {
        output.close();
        sink.close();
    }
}
