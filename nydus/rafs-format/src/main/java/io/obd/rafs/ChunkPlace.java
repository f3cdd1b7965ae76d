package io.obd.rafs;

/**
 * A chunk by its blob and its index there. How two are compared is written out: what records have of themselves is put together
 * by the JVM when it is first used, which takes a program that has just started some 20 ms.
 */
record ChunkPlace(int blob, int index) {
    static ChunkPlace of(Chunk chunk) {
        return new ChunkPlace(chunk.blob(), chunk.index());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChunkPlace place && place.blob == blob && place.index == index;
    }

    @Override
    public int hashCode() {
        return 31 * blob + index;
    }
}
