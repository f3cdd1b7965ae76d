package io.obd.nydusd.data;

import io.obd.rafs.Chunk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The content of an image's chunks. Many threads read at once. */
public interface Content extends Closeable {
    /**
     * Fills {@code dst} with a part of a chunk.
     *
     * @param from first byte within the content of the chunk
     * @throws io.obd.block.CorruptBlobException if what is stored is not the chunk
     * @throws IOException if it cannot be had
     */
    void read(Chunk chunk, int from, ByteBuffer dst) throws IOException;

    /**
     * Fetches chunks that nobody has asked for yet, with what is fetched together with them.
     *
     * @return stored bytes that were fetched
     * @throws IOException if one cannot be had
     */
    long prefetch(Chunk chunk) throws IOException;

    /** What was read and fetched. */
    CacheCounters counters();

    /** Files that what is fetched is kept in. */
    List<Path> files();
}
