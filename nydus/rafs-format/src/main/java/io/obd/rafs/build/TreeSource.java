package io.obd.rafs.build;

import io.obd.rafs.data.ChunkSink;
import java.io.IOException;

/** Where the files of a layer come from. */
@FunctionalInterface
public interface TreeSource {

    /**
     * Reads the tree.
     *
     * @param blob for content that can be read but once, now; its chunks reach their files until the blob's are finished
     * @throws IOException if it cannot be read, or is none
     */
    SourceTree read(ChunkSink blob) throws IOException;
}
