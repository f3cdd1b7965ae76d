package io.obd.rafs.data;

import java.io.IOException;

/** Content that can be read at any position, by several threads at once. */
@FunctionalInterface
public interface ChunkSource {

    /**
     * Fills the beginning of {@code dst}.
     *
     * @param offset position in the content
     * @param length bytes wanted; never fewer are given
     * @throws IOException if they cannot be read, or if there are not so many
     */
    void read(long offset, byte[] dst, int length) throws IOException;
}
