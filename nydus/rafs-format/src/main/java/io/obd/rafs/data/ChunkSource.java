package io.obd.rafs.data;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Content that can be read at any position, by several threads at once. */
@FunctionalInterface
public interface ChunkSource {

    /**
     * Fills what remains of {@code dst}.
     *
     * @param offset position in the content
     * @throws IOException if they cannot be read, or if there are not so many
     */
    void read(long offset, ByteBuffer dst) throws IOException;
}
