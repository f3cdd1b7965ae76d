package io.obd.nydusimage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.rafs.Chunk;

/** How many chunks, and how many bytes they have. */
final class ChunkTotal {
    private final String prefix;
    private long chunks;
    private long compressed;
    private long uncompressed;

    /** @param prefix of the names that the three figures have in JSON */
    ChunkTotal(String prefix) {
        this.prefix = prefix;
    }

    void add(Chunk chunk) {
        chunks++;
        compressed += chunk.compressedSize();
        uncompressed += chunk.uncompressedSize();
    }

    long chunks() {
        return chunks;
    }

    long compressed() {
        return compressed;
    }

    long uncompressed() {
        return uncompressed;
    }

    void write(ObjectNode json) {
        json.put(prefix + "_chunks", chunks);
        json.put(prefix + "_comp_size", compressed);
        json.put(prefix + "_uncomp_size", uncompressed);
    }
}
