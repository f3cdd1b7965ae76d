package io.obd.rafs.data;

import io.obd.rafs.Chunk;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/** Takes the content of files and makes chunks of it. */
public interface ChunkSink {

    /**
     * Adds the content of a file, and does not read any of it later.
     *
     * @param placed gets its chunks, in order; none if it has no bytes
     * @throws IOException if it cannot be read, or ends too early
     */
    void add(InputStream content, long size, Consumer<Chunk> placed) throws IOException;
}
