package io.obd.nydusd.data;

import io.obd.block.CorruptBlobException;
import io.obd.rafs.BlobInfo;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The content of a blob in a local sparse file, each chunk at the place that it has when all are decompressed. A chunk
 * counts as cached for this process when it is written, and for the next one when {@link #flush} has seen it on the disk.
 */
final class CacheFile implements Closeable {
    private static final String DATA = ".blob.data";
    private static final String MAP = ".blob.data.chunk_map";

    private final Path path;
    private final FileChannel data;
    private final @Nullable ChunkMap map;
    private final AtomicIntegerArray written;
    private final BitSet unflushed = new BitSet();

    private CacheFile(Path path, FileChannel data, @Nullable ChunkMap map, int chunks) {
        this.path = path;
        this.data = data;
        this.map = map;
        this.written = new AtomicIntegerArray(Math.ceilDiv(chunks, Integer.SIZE));
    }

    /**
     * Opens the cache of a blob, or makes an empty one. A map that is there without its data is that of a data file which
     * somebody removed: who reads that still has the map too, so that both begin anew.
     *
     * @param directory existing
     * @param size bytes of all content
     * @param chunks how many chunks have an index
     * @param isKept whether the next process may find what is cached: the blob has to say how many chunks it has
     * @throws CorruptBlobException if the files are those of something else
     */
    static CacheFile open(Path directory, BlobInfo blob, long size, int chunks, boolean isKept) throws IOException {
        Path path = directory.resolve(blob.id() + DATA);
        FileChannel data =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        try {
            try (FileLock _ = CacheLock.take(path, data, CacheLock.LIMIT)) {
                Path map = directory.resolve(blob.id() + MAP);
                if (data.size() == 0 && size > 0) {
                    Files.deleteIfExists(map);
                    lengthen(path, data, size);
                } else if (data.size() != size) {
                    throw new CorruptBlobException(
                            path.toString(),
                            data.size(),
                            "the content of the blob has " + size + " bytes: remove the file and those beside it");
                }
                return new CacheFile(path, data, isKept ? ChunkMap.open(map, chunks) : null, chunks);
            }
        } catch (IOException e) {
            data.close();
            throw e;
        }
    }

    private static void lengthen(Path path, FileChannel data, long size) throws IOException {
        try {
            data.write(ByteBuffer.allocate(1), size - 1);
        } catch (IOException e) {
            throw new IOException("cannot make " + path, e);
        }
    }

    boolean has(int chunk) {
        return (written.get(chunk >>> 5) & (1 << chunk)) != 0 || (map != null && map.has(chunk));
    }

    /** Fills {@code dst} with content that is there. */
    void read(long offset, ByteBuffer dst) throws IOException {
        long position = offset;
        while (dst.hasRemaining()) {
            int n = data.read(dst, position);
            if (n < 0) {
                throw new CorruptBlobException(path.toString(), position, "the file of the cache has become shorter");
            }
            position += n;
        }
    }

    /** Keeps the content of a chunk. */
    void write(int chunk, long offset, ByteBuffer content) throws IOException {
        long position = offset;
        while (content.hasRemaining()) {
            position += data.write(content, position);
        }
        written.getAndUpdate(chunk >>> 5, bits -> bits | (1 << chunk));
        synchronized (unflushed) {
            unflushed.set(chunk);
        }
    }

    /** A chunk was found to be damaged: it is not there any more. */
    void forget(int chunk) throws IOException {
        written.getAndUpdate(chunk >>> 5, bits -> bits & ~(1 << chunk));
        synchronized (unflushed) {
            unflushed.clear(chunk);
            if (map != null) {
                map.set(chunk, false);
            }
        }
    }

    /** Puts what was written on the disk, so that the next process may use it. */
    void flush() throws IOException {
        if (map == null) {
            return;
        }
        List<Integer> chunks = new ArrayList<>();
        synchronized (unflushed) {
            unflushed.stream().forEach(chunks::add);
        }
        if (chunks.isEmpty()) {
            return;
        }
        try {
            data.force(false);
        } catch (IOException e) {
            // What the disk has failed to take, it does not say again.
            synchronized (unflushed) {
                chunks.forEach(unflushed::clear);
            }
            throw e;
        }
        synchronized (unflushed) {
            for (int chunk : chunks) {
                if (unflushed.get(chunk)) {
                    map.set(chunk, true);
                    unflushed.clear(chunk);
                }
            }
        }
    }

    Path path() {
        return path;
    }

    /** What was not flushed the next run does not find. */
    @Override
    public void close() throws IOException {
        try (data) {
            if (map != null) {
                map.close();
            }
        }
    }
}
