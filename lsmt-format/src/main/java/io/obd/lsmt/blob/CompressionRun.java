package io.obd.lsmt.blob;

import io.obd.block.BlockCompressor;
import io.obd.block.Crc32c;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * A run of adjacent blocks on its way into a ZFile: filled, compressed, by another thread or not, and taken out. Has all
 * that is needed to do so, and is then filled again.
 */
final class CompressionRun implements AutoCloseable {
    /** Bytes of a run before it is compressed. */
    static final int SIZE = 256 << 10;

    private final int blockSize;
    private final BlockCompressor compressor;
    private final Crc32c crc = new Crc32c(BlockDecoder.CRC_SEED);
    private final ByteBuffer plain = ByteBuffer.allocateDirect(SIZE);
    private final ByteBuffer block = plain.duplicate();
    private final ByteBuffer stored;
    private final int[] lengths;
    private int count;
    private @Nullable FutureTask<?> compression;

    CompressionRun(int blockSize, BlockCompressor compressor) {
        this.blockSize = blockSize;
        this.compressor = compressor;
        this.lengths = new int[SIZE / blockSize];
        int storedLength = compressor.maxCompressedLength(blockSize) + Integer.BYTES;
        this.stored = ByteBuffer.allocateDirect(lengths.length * storedLength).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Appends as much of {@code src} as there is room for. */
    void fill(ByteBuffer src) {
        int length = Math.min(src.remaining(), plain.remaining());
        plain.put(plain.position(), src, src.position(), length).position(plain.position() + length);
        src.position(src.position() + length);
    }

    /** Bytes filled in. */
    int length() {
        return plain.position();
    }

    boolean isFull() {
        return !plain.hasRemaining();
    }

    /** Appends bytes filled in before, from {@code from} on, to {@code dst}; not after the run was emptied. */
    void read(int from, int length, ByteBuffer dst) {
        dst.put(dst.position(), plain, from, length).position(dst.position() + length);
    }

    /** Has what was filled in compressed: by one of {@code workers}, or by {@link #help} or {@link #await}. */
    void start(@Nullable Executor workers) {
        FutureTask<?> task = new FutureTask<>(this::compress, null);
        compression = task;
        if (workers != null) {
            workers.execute(task);
        }
    }

    /** Compresses the run in this thread if no other one has begun to. */
    void help() {
        if (compression != null) {
            compression.run();
        }
    }

    boolean isDone() {
        return compression == null || compression.isDone();
    }

    private void compress() {
        for (int start = 0; start < plain.position(); start += blockSize) {
            int from = stored.position();
            compressor.compress(
                    block.limit(Math.min(start + blockSize, plain.position())).position(start), stored);
            int checksum = crc.of(stored.limit(stored.position()).position(from));
            stored.limit(stored.capacity()).putInt(checksum);
            lengths[count++] = stored.position() - from;
        }
        stored.flip();
    }

    /** Returns when the run is compressed; throws what stopped that. */
    void await() throws IOException {
        if (compression == null) {
            return;
        }
        compression.run();
        try {
            compression.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while blocks are compressed").initCause(e);
        } catch (ExecutionException e) {
            throw new IOException("blocks could not be compressed", e.getCause());
        }
    }

    /** Number of blocks that were compressed. */
    int blocks() {
        return count;
    }

    /** Stored bytes of a block, its CRC included. */
    int storedLength(int i) {
        return lengths[i];
    }

    /** The stored bytes of all blocks. */
    ByteBuffer stored() {
        return stored;
    }

    /** Makes the run ready to be filled again. */
    void clear() {
        plain.clear();
        block.clear();
        stored.clear();
        count = 0;
        compression = null;
    }

    @Override
    public void close() {
        compressor.close();
    }
}
